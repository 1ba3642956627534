internal import CDNNL

/// How a tensor lies in memory: dense, strided or blocked.
///
/// Immutable, and therefore safe to share.
public final class Layout: @unchecked Sendable {
  let handle: OpaquePointer

  /// Takes over a layout of the kernel library.
  init(owning handle: OpaquePointer) { self.handle = handle }

  /// The dense C order of a shape, or any other strides (in elements).
  public init(dense shape: Shape, strides: [Int]? = nil) throws(EngineError) {
    // The kernel library has no scalars: a tensor without axes becomes one with a single element.
    let extents = shape.rank == 0 ? [1] : shape.extents
    guard extents.count <= Int(CDNNL_MAX_RANK) else {
      throw EngineError(.unsupported, "expected at most \(CDNNL_MAX_RANK) axes, found shape \(shape)")
    }
    let steps = shape.rank == 0 ? [1] : strides ?? shape.strides
    handle = try made("layout of \(shape)") {
      cdnnl_layout_strided(Int32(extents.count), extents.map(Int64.init), steps.map(Int64.init), $0)
    }
  }

  /// A shape [1, C, D1...Dk] with 8, 16 or all of its channels next to each other, k from 1 to 3.
  convenience init(_ shape: Shape, lanes: Int) throws(EngineError) {
    self.init(
      owning: try made("layout of \(shape)") {
        cdnnl_layout_laned(Int32(shape.rank), shape.extents.map(Int64.init), Int64(lanes), $0)
      })
  }

  deinit { cdnnl_layout_free(handle) }

  /// Bytes a memory of this layout needs, padding of blocks included.
  public var bytes: Int { cdnnl_layout_bytes(handle) }

  /// Extents, slowest axis first.
  public var shape: Shape {
    var extents = [Int64](repeating: 0, count: Int(cdnnl_layout_rank(handle)))
    cdnnl_layout_extents(handle, &extents)
    return Shape(extents.map(Int.init))
  }

  /// The part of the memory that starts at `offsets`, or `nil` where that would cut a block.
  public func slice(_ shape: Shape, at offsets: [Int]) -> Layout? {
    cdnnl_layout_slice(handle, shape.extents.map(Int64.init), offsets.map(Int64.init), nil).map(Layout.init(owning:))
  }

  /// How many channels of a layout [1, C, ...] lie next to each other: 1 in C order, 8 or 16 in blocks, C for channels
  /// last; `nil` for any other order.
  var channelLanes: Int? {
    let lanes = Int(cdnnl_layout_lanes(handle))
    return lanes > 0 ? lanes : nil
  }

  /// The layout of another shape [1, C, D1...Dk] whose channels are interleaved as in this one; C order where that has
  /// no meaning.
  public func alike(_ shape: Shape) throws(EngineError) -> Layout {
    guard let lanes = channelLanes, lanes > 1, shape[0] == 1, shape[1] == self.shape[1] else {
      return try Layout(dense: shape)
    }
    return try Layout(shape, lanes: lanes)
  }

  /// The memory as a dense tensor of its own: [1, C / lanes, D1...Dk, lanes] for interleaved channels, the shape itself
  /// for C order; `nil` for any other order.
  var stored: Shape? {
    if let lanes = channelLanes, lanes > 1 {
      return Shape([1, (shape[1] + lanes - 1) / lanes] + shape.extents.dropFirst(2) + [lanes])
    }
    return (try? Layout(dense: shape)) == self ? shape : nil
  }

  /// Whether blocks would hold more padding than a third of the channels.
  static func wastesBlocks(channels: Int) -> Bool {
    let blocked = (channels + Vectors.block - 1) / Vectors.block * Vectors.block
    return 3 * (blocked - channels) > channels
  }

  /// Whether there is memory between or after the elements that belongs to none of them.
  public var isPadded: Bool { bytes != 4 * shape.count }

  /// The same memory seen with other extents, or `nil` where its order does not allow that.
  public func reshaped(_ shape: Shape) -> Layout? {
    let extents = shape.rank == 0 ? [1] : shape.extents
    return cdnnl_layout_reshape(handle, Int32(extents.count), extents.map(Int64.init), nil).map(Layout.init(owning:))
  }
}

extension Layout: Equatable {
  /// Whether two layouts put every element in the same place.
  public static func == (a: Layout, b: Layout) -> Bool { cdnnl_layout_equal(a.handle, b.handle) }
}

/// Calls a constructor of the kernel library and turns its failure into an error.
func made(
  _ what: @autoclosure () -> String, _ make: (UnsafeMutablePointer<cdnnl_error>) -> OpaquePointer?
) throws(EngineError) -> OpaquePointer {
  var error = cdnnl_error()
  if let handle = make(&error) { return handle }
  throw EngineError(error.unsupported ? .unsupported : .internal, "\(what()): \(error.message)")
}

extension cdnnl_error {
  /// The text as a string.
  var message: String {
    withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
