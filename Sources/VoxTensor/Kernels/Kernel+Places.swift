internal import CVoxKernels

extension Kernel {
  /// `source` to `destination`, mapped along an axis; channels stay interleaved where the axis is a spatial one.
  public convenience init(_ map: AxisMap, along axis: Int, _ source: Layout) throws(EngineError) {
    try self.init(map, along: axis, source, adds: false)
    setAdding { () throws(EngineError) in try Kernel(map, along: axis, source, adds: true) }
  }

  private convenience init(
    _ map: AxisMap, along axis: Int, _ source: Layout, adds: Bool
  ) throws(EngineError) {
    var shape = source.shape
    shape[axis] = map.outputs
    let keeps = axis >= 2 && source.stored != nil
    let from = keeps ? source : try Layout(dense: source.shape)
    let to = keeps ? try source.alike(shape) : try Layout(dense: shape)
    let stored = from.stored ?? source.shape
    let inner = stored.extents[(axis + 1)...].reduce(1, *)
    let rows = stored.extents[..<axis].reduce(1, *) * map.outputs
    self.init(
      LoopKernel("axis map", Self.layouts(from, to, adds)) { slots throws(EngineError) in
        let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
        if adds { slots.bringAddend(try slots.memory(.secondSource), to: y, rows * inner) }
        map.starts.withUnsafeBufferPointer { starts in
          map.indices.withUnsafeBufferPointer { indices in
            map.weights.withUnsafeBufferPointer { weights in
              let parameters = cvox_axis(
                inputs: map.inputs, outputs: map.outputs, inner: inner, starts: starts.baseAddress,
                indices: indices.baseAddress, weights: weights.baseAddress)
              inStretches(of: rows, (1 << 15) / inner) { first, end in
                withUnsafePointer(to: parameters) { cvox_axis_map($0, x, first, end, adds, y) }
              }
            }
          }
        }
      })
    if adds { allow(.destination, inPlaceOf: .secondSource) }
  }

  /// `source` to `destination`: a box copied from one place of a tensor to a place of another.
  ///
  /// - Parameters:
  ///   - box: extents of the box.
  ///   - source: extents of the source, with the place of the box's first element and the steps between its elements.
  ///   - destination: the same of what is made.
  ///   - fill: value of the destination's elements outside the box; `nil` where there are none.
  public convenience init(
    copyOf box: Shape, from source: Placement, to destination: Placement, fill: Float? = nil
  ) throws(EngineError) {
    try self.init(
      copies: [PlacedBox(box, from: source, to: destination)], from: source.shape, to: destination.shape, fill: fill)
  }

  /// `source` to `destination`: boxes copied from places of a tensor to places of another, one after the other.
  ///
  /// - Parameters:
  ///   - boxes: at least one.
  ///   - source: the shape of the source.
  ///   - destination: the shape of what is made.
  ///   - fill: value of the destination's elements before; `nil` where the boxes set all of them.
  public convenience init(
    copies boxes: [PlacedBox], from source: Shape, to destination: Shape, fill: Float? = nil
  ) throws(EngineError) {
    try self.init(copies: boxes, from: source, to: destination, fill: fill, adds: false)
    if fill ?? 0 == 0 {
      setAdding { () throws(EngineError) in
        try Kernel(copies: boxes, from: source, to: destination, fill: nil, adds: true)
      }
    }
  }

  private convenience init(
    copies boxes: [PlacedBox], from source: Shape, to destination: Shape, fill: Float?, adds: Bool
  ) throws(EngineError) {
    let layouts = Self.layouts(try Layout(dense: source), try Layout(dense: destination), adds)
    let copies = boxes.map { BoxCopy($0.extents, from: $0.source.strides, to: $0.destination.strides) }
    let count = destination.count
    self.init(
      LoopKernel(boxes.count > 1 ? "copies" : "copy", layouts) { slots throws(EngineError) in
        let (x, y) = (try slots.memory(.source), try slots.memory(.destination))
        if let fill { inStretches(of: count, 1 << 18) { cvox_fill(fill, $1 - $0, y + $0) } }
        if adds { slots.bringAddend(try slots.memory(.secondSource), to: y, count) }
        for (box, copy) in zip(boxes, copies) {
          copy.run(from: x + box.source.offset, to: y + box.destination.offset, adds: adds || box.adds)
        }
      })
    if adds { allow(.destination, inPlaceOf: .secondSource) }
  }

  private static func layouts(_ source: Layout, _ destination: Layout, _ adds: Bool) -> [Slot: Layout] {
    var layouts: [Slot: Layout] = [.source: source, .destination: destination]
    if adds { layouts[.secondSource] = destination }
    return layouts
  }
}

/// Where the elements of a box lie in a dense tensor.
public struct Placement: Sendable {
  /// Shape of the whole tensor.
  public let shape: Shape
  /// Position of the box's first element in memory.
  let offset: Int
  /// Elements between neighbours of the box along each of its axes.
  let strides: [Int]

  /// The elements from `start` on, `steps` apart, along every axis.
  ///
  /// - Precondition: one start and one step per axis.
  public init(in shape: Shape, at start: [Int]? = nil, steps: [Int]? = nil) {
    let strides = shape.strides
    self.shape = shape
    offset = zip(start ?? [], strides).reduce(0) { $0 + $1.0 * $1.1 }
    self.strides = steps.map { zip(strides, $0).map { $0 * $1 } } ?? strides
  }

  /// Every element again and again along the axes of extent 1 that `shape`, of the box, has more of.
  public init(repeating shape: Shape, over box: Shape) {
    self.shape = shape
    offset = 0
    strides = zip(zip(shape.extents, box.extents), shape.strides).map { $0.0 == 1 && $0.1 > 1 ? 0 : $1 }
  }
}

/// A box that is copied from a place of one tensor to a place of another.
public struct PlacedBox: Sendable {
  fileprivate let extents: Shape
  fileprivate let source, destination: Placement
  fileprivate let adds: Bool

  /// Makes a box.
  ///
  /// - Parameter adds: whether it is added to what is there.
  public init(_ extents: Shape, from source: Placement, to destination: Placement, adds: Bool = false) {
    (self.extents, self.source, self.destination, self.adds) = (extents, source, destination, adds)
  }
}

/// A copy of a box, its axes joined where both sides allow it.
private struct BoxCopy {
  private var box = cvox_box()
  private var rows = 1
  private var rowLength = 1

  init(_ extents: Shape, from: [Int], to: [Int]) {
    var axes: [(extent: Int, from: Int, to: Int)] = []
    for axis in 0..<extents.rank where extents[axis] != 1 {
      if let last = axes.last, last.from == from[axis] * extents[axis], last.to == to[axis] * extents[axis] {
        axes[axes.count - 1] = (last.extent * extents[axis], from[axis], to[axis])
      } else {
        axes.append((extents[axis], from[axis], to[axis]))
      }
    }
    if axes.isEmpty { axes = [(1, 1, 1)] }
    rowLength = axes[axes.count - 1].extent
    rows = axes.dropLast().reduce(1) { $0 * $1.extent }
    box.rank = Int32(axes.count)
    Self.fill(&box.extents, axes.map(\.extent))
    Self.fill(&box.from, axes.map(\.from))
    Self.fill(&box.to, axes.map(\.to))
  }

  func run(from x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, adds: Bool) {
    inStretches(of: rows, (1 << 16) / rowLength) { first, end in
      withUnsafePointer(to: box) { cvox_copy($0, x, first, end, adds, y) }
    }
  }

  /// Sets the first elements of a C array.
  private static func fill<Tuple>(_ array: inout Tuple, _ values: [Int]) {
    withUnsafeMutableBytes(of: &array) { bytes in
      for (element, value) in zip(bytes.bindMemory(to: Int64.self).indices, values) {
        bytes.storeBytes(of: Int64(value), toByteOffset: 8 * element, as: Int64.self)
      }
    }
  }
}
