import Dispatch
internal import Synchronization
internal import VoxGrid

/// The surface of a segment, cell by cell: a cell has eight voxel centres as corners, and which of them belong to the
/// segment, a number from 0 to 255, says what piece of surface runs through it.
///
/// A piece passes the midpoints of the edges that have one end inside, and is made of as small triangles as fans give.
/// Where the corners of a face are inside and
/// outside in turn, the corners inside are cut off one by one, on both sides of the face, so the surface is closed.
///
/// - Source: W. Lorensen and H. Cline, "Marching cubes", SIGGRAPH 1987.
enum SurfaceCells {
  /// How often each of the 256 cells occurs for each label; beyond the image there is no label.
  ///
  /// - Complexity: O(voxels).
  static func counts(in labels: LabelMap, background: Bool, threads: Int) -> [Int: [Int]] {
    let n = labels.grid.dimensions
    let total = Mutex<[Int: [Int]]>([:])
    let workers = max(1, min(threads, n.z + 1))
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var counter = CellCounter(labels, background: background)
      for k in stride(from: worker - 1, to: n.z, by: workers) { counter.addLayer(above: k) }
      let counts = counter.counts
      total.withLock { $0.merge(counts) { zip($0, $1).map { $0.0 + $0.1 } } }
    }
    return total.withLock { $0 }
  }

  /// The area of each of the 256 pieces on a grid.
  static func areas(_ affine: Affine) -> [Double] {
    let linear = Affine(x: affine.x, y: affine.y, z: affine.z, t: .zero)
    return (0..<256).map { cell in
      loops(of: cell).reduce(0) { sum, loop in
        let points = loop.map(linear.callAsFunction)
        return sum + (points.indices.map { fan(points, from: $0) }.min() ?? 0)
      }
    }
  }

  /// The area of the triangles between one point of a loop and the others; the loop need not be flat.
  private static func fan(_ loop: [SIMD3<Double>], from start: Int) -> Double {
    (1..<loop.count - 1).reduce(0) { sum, i in
      let (a, b) = (loop[(start + i) % loop.count], loop[(start + i + 1) % loop.count])
      return sum + (a - loop[start]).cross(b - loop[start]).length / 2
    }
  }

  /// The closed lines in which the surface crosses the faces of a cell; corner (x, y, z) is bit x + 2y + 4z.
  private static func loops(of cell: Int) -> [[SIMD3<Double>]] {
    var next: [Int: [Int]] = [:]
    for face in faces {
      let inside = face.map { cell >> $0 & 1 == 1 }
      let middles = (0..<4).map { middle(face[$0], face[($0 + 1) % 4]) }
      let crossed = (0..<4).filter { inside[$0] != inside[($0 + 1) % 4] }
      let cuts =
        crossed.count == 4
        ? (0..<4).filter { inside[$0] }.map { (middles[($0 + 3) % 4], middles[$0]) }
        : crossed.count == 2 ? [(middles[crossed[0]], middles[crossed[1]])] : []
      for (a, b) in cuts {
        next[a, default: []].append(b)
        next[b, default: []].append(a)
      }
    }
    var loops: [[SIMD3<Double>]] = []
    while let start = next.filter({ !$0.value.isEmpty }).keys.min() {
      var (loop, point) = ([start], start)
      while let following = next[point]?.popLast() {
        if let back = next[following]?.firstIndex(of: point) { next[following]?.remove(at: back) }
        if following == start { break }
        loop.append(following)
        point = following
      }
      loops.append(loop.map { SIMD3(Double($0 % 3), Double($0 / 3 % 3), Double($0 / 9)) / 2 })
    }
    return loops
  }

  /// The midpoint of an edge, in half voxels: x + 3y + 9z.
  private static func middle(_ a: Int, _ b: Int) -> Int {
    (a & 1) + (b & 1) + 3 * ((a >> 1 & 1) + (b >> 1 & 1)) + 9 * ((a >> 2) + (b >> 2))
  }

  /// The corners of each face in turn.
  private static let faces = [
    [0, 2, 6, 4], [1, 3, 7, 5], [0, 1, 5, 4], [2, 3, 7, 6], [0, 1, 3, 2], [4, 5, 7, 6],
  ]
}

/// Counts the cells of some layers.
private struct CellCounter {
  private(set) var counts: [Int: [Int]] = [:]
  private let labels: LabelMap
  private let background: Bool
  /// The four rows of voxels at the corners of a row of cells, with a voxel of no label at either end.
  private var rows: [[Int32]]

  /// Stands for what lies beyond the image.
  private static let none = Int32.min

  init(_ labels: LabelMap, background: Bool) {
    (self.labels, self.background) = (labels, background)
    rows = Array(repeating: Array(repeating: Self.none, count: labels.grid.dimensions.x + 2), count: 4)
  }

  /// Counts the cells between slice k and the next; -1 is the one before the first.
  mutating func addLayer(above k: Int) {
    for j in -1..<labels.grid.dimensions.y {
      for corner in 0..<4 { fill(corner, j + (corner & 1), k + (corner >> 1)) }
      addRow()
    }
  }

  private mutating func fill(_ corner: Int, _ j: Int, _ k: Int) {
    let n = labels.grid.dimensions
    guard 0..<n.y ~= j, 0..<n.z ~= k else {
      for i in 1...n.x { rows[corner][i] = Self.none }
      return
    }
    let start = n.x * (j + n.y * k)
    rows[corner].withUnsafeMutableBufferPointer { row in
      labels.voxels.withUnsafeBufferPointer { voxels in
        for i in 0..<n.x { row[i + 1] = voxels[start + i] }
      }
    }
  }

  private mutating func addRow() {
    for i in 0..<rows[0].count - 1 {
      let label = rows[0][i]
      if rows[1][i] == label, rows[2][i] == label, rows[3][i] == label, rows[0][i + 1] == label,
        rows[1][i + 1] == label, rows[2][i + 1] == label, rows[3][i + 1] == label
      {
        continue
      }
      let corners = SIMD8(
        rows[0][i], rows[0][i + 1], rows[1][i], rows[1][i + 1], rows[2][i], rows[2][i + 1], rows[3][i], rows[3][i + 1])
      var left = 255
      while left != 0 {
        let value = corners[left.trailingZeroBitCount]
        var cell = 0
        for bit in 0..<8 where corners[bit] == value { cell |= 1 << bit }
        left &= ~cell
        guard value != Self.none, background || value != 0 else { continue }
        counts[Int(value), default: [Int](repeating: 0, count: 256)][cell] += 1
      }
    }
  }
}
