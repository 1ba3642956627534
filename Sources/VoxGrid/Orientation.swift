/// Where the three voxel axes of a grid point, as anatomical axis codes such as `RAS` or `LPS`.
///
/// The letter names the direction in which the index grows: `R` towards the patient's right.
///
/// - Source: nibabel `aff2axcodes`.
public struct Orientation: Sendable, Hashable, CustomStringConvertible {
  /// World axis (0 = left-right, 1 = posterior-anterior, 2 = inferior-superior) of each voxel axis.
  public let axes: SIMD3<Int>
  /// +1 where the voxel index grows towards R, A or S; -1 towards L, P or I.
  public let signs: SIMD3<Int>

  /// Right, anterior, superior: NIfTI's world axes.
  public static let ras = Orientation(axes: [0, 1, 2], signs: [1, 1, 1])
  /// Left, posterior, superior: DICOM's patient axes.
  public static let lps = Orientation(axes: [0, 1, 2], signs: [-1, -1, 1])

  private init(axes: SIMD3<Int>, signs: SIMD3<Int>) { (self.axes, self.signs) = (axes, signs) }

  /// Reads three letters, one of each pair RL, AP, SI in any order; `nil` for anything else.
  public init?(_ code: String) {
    let letters = Array(code.uppercased())
    guard letters.count == 3 else { return nil }
    var (axes, signs) = (SIMD3<Int>.zero, SIMD3<Int>.zero)
    for (i, letter) in letters.enumerated() {
      guard let world = Self.codes.firstIndex(where: { $0.contains(letter) }) else { return nil }
      axes[i] = world
      signs[i] = Self.codes[world][0] == letter ? 1 : -1
    }
    guard Set([axes.x, axes.y, axes.z]).count == 3 else { return nil }
    self.init(axes: axes, signs: signs)
  }

  /// The axis codes nearest to an affine's columns; the best of the six assignments by total cosine.
  public init(_ affine: Affine) {
    let unit = [affine.x.normalized, affine.y.normalized, affine.z.normalized]
    func score(_ p: SIMD3<Int>) -> Double { (0..<3).reduce(0) { $0 + abs(unit[$1][p[$1]]) } }
    let permutations: [SIMD3<Int>] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    var best = permutations[0]
    for candidate in permutations.dropFirst() where score(candidate) > score(best) + 1e-9 { best = candidate }
    var signs = SIMD3<Int>(1, 1, 1)
    for axis in 0..<3 where unit[axis][best[axis]] < 0 { signs[axis] = -1 }
    self.init(axes: best, signs: signs)
  }

  /// All 48 orientations.
  public static var all: [Orientation] {
    ["RAS", "RSA", "ARS", "ASR", "SRA", "SAR"].flatMap { code -> [Orientation] in
      guard let base = Orientation(code) else { return [] }
      return (0..<8).map { bits in
        let flips = SIMD3<Int>(bits & 1 == 0 ? 1 : -1, bits & 2 == 0 ? 1 : -1, bits & 4 == 0 ? 1 : -1)
        return Orientation(axes: base.axes, signs: flips)
      }
    }
  }

  /// The orientation with flips that show a plane of the first two axes as radiologists look at it: from the feet, the
  /// front or the left side, the head at the top.
  public var forDisplay: Orientation {
    var signs = signs
    // Rows run to the left or the back, columns to the back or the feet.
    for axis in 0..<2 { signs[axis] = -1 }
    return Orientation(axes: axes, signs: signs)
  }

  /// The three letters.
  public var description: String {
    String((0..<3).map { Self.codes[axes[$0]][signs[$0] > 0 ? 0 : 1] })
  }

  private static let codes: [[Character]] = [["R", "L"], ["A", "P"], ["S", "I"]]
}

/// A permutation and flips that bring a grid into another orientation without touching a voxel value.
public struct AxisMapping: Sendable {
  /// The grid voxels come from.
  public let input: Grid
  /// The grid voxels go to.
  public let output: Grid
  /// Input offset of output voxel (0, 0, 0).
  public let start: Int
  /// Input offset change for one step along each output axis.
  public let strides: SIMD3<Int>

  /// Finds the permutation and flips that make `grid`'s axes point as `target` says.
  public init(from grid: Grid, to target: Orientation) {
    let source = grid.orientation
    let inputStrides = SIMD3<Int>(1, grid.dimensions.x, grid.dimensions.x * grid.dimensions.y)
    var (out, start, strides) = (grid, 0, SIMD3<Int>.zero)
    var origin = SIMD3<Double>.zero
    for axis in 0..<3 {
      let from = (0..<3).first { source.axes[$0] == target.axes[axis] } ?? axis
      let flip = source.signs[from] != target.signs[axis]
      let last = grid.dimensions[from] - 1
      out.dimensions[axis] = grid.dimensions[from]
      out.affine[axis] = flip ? -grid.affine[from] : grid.affine[from]
      strides[axis] = flip ? -inputStrides[from] : inputStrides[from]
      if flip {
        start += last * inputStrides[from]
        origin[from] = Double(last)
      }
    }
    out.affine.t = grid.affine(origin)
    (self.input, self.output, self.start, self.strides) = (grid, out, start, strides)
  }

  /// Whether the mapping moves nothing.
  public var isIdentity: Bool { input == output }
}
