import VoxTensor

extension ONNXValueInfoProto {
  /// The declared extents, `nil` for one that is left open; `nil` altogether where no shape is declared.
  ///
  /// - Throws: `malformed` for an extent below 1 or extents whose product overflows.
  func extents() throws(EngineError) -> [Int?]? {
    guard type.tensorType.hasShape else { return nil }
    var extents: [Int?] = []
    for (axis, dimension) in type.tensorType.shape.dim.enumerated() {
      guard case .dimValue(let extent)? = dimension.value else {
        extents.append(nil)
        continue
      }
      guard extent >= 1 else {
        throw EngineError(
          .malformed, "axis \(axis): expected an extent of at least 1, found \(extent)", at: .tensor(name))
      }
      extents.append(Int(extent))
    }
    do throws(EngineError) {
      _ = try Shape(dimensions: extents.map { Int64($0 ?? 1) })
    } catch {
      throw error.inside(.tensor(name))
    }
    return extents
  }
}

extension Shape {
  /// The shape with extents from a file.
  ///
  /// - Throws: `malformed` for a negative extent, and for extents whose product, an extent of 0 counted as 1, is over
  ///   2^38: sums and products of a few extents then fit in an integer everywhere.
  init(dimensions: [Int64]) throws(EngineError) {
    var bound = 1
    for (axis, extent) in dimensions.enumerated() {
      guard extent >= 0 else {
        throw EngineError(.malformed, "axis \(axis): expected an extent of at least 0, found \(extent)")
      }
      let (product, overflow) = bound.multipliedReportingOverflow(by: max(Int(extent), 1))
      guard !overflow, product <= 1 << 38 else { throw EngineError(.malformed, "extents \(dimensions) are too large") }
      bound = product
    }
    self.init(dimensions.map(Int.init))
  }
}
