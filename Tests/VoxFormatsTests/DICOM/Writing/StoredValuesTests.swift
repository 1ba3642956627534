import Glibc
import Testing
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("16-bit stored values")
struct StoredValuesTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let values: [Double]
    /// Slope, intercept and sign; `nil` where a slope is needed.
    let exact: (intercept: Double, isSigned: Bool)?

    init(_ name: String, _ values: [Double], _ intercept: Double? = nil, signed: Bool = false) {
      (testDescription, self.values) = (name, values)
      exact = intercept.map { ($0, signed) }
    }
  }

  static let cases: [Case] = [
    Case("hounsfield units", [-1024, 0, 3071], 0, signed: true),
    Case("16 bits signed", [-32768, 32767], 0, signed: true),
    Case("16 bits unsigned", [0, 65535], 0),
    Case("one bit more below", [-32769, 1], -32769),
    Case("one bit more above", [-1, 32768], -1),
    Case("far away", [4_294_901_760, 4_294_967_295], 4_294_901_760),
    Case("a constant", [7, 7], 0),
    Case("one too many", [0, 1, 65536]),
    Case("32 bits", [-2_147_483_648, 12345, 2_147_483_647]),
    Case("fractions", [-0.25, 0.1, 1.0 / 3, 17.5]),
    Case("a constant fraction", [0.1, 0.1]),
    Case("a constant of many digits", [1.0 / 3, 1.0 / 3]),
    Case("neighbours", [1e9, 1e9 + 0.000_01]),
    Case("large numbers", [-1e299, 3e298, 1e299]),
    Case("subnormal numbers", [0, .leastNonzeroMagnitude, .leastNormalMagnitude / 1024]),
    Case("integers beyond 2^51", [4_503_599_627_370_497, 4_503_599_627_370_499]),
  ]

  private static func volume(_ values: [Double]) -> Volume<Double> {
    Volume(grid: Grid(dimensions: [values.count, 1, 1], affine: .identity), voxels: values)
  }

  @Test("integers that span 16 bits are exact, others within half a slope", arguments: cases)
  func error(_ item: Case) throws {
    let stored = try StoredValues(Self.volume(item.values).range(threads: 2))
    if let exact = item.exact {
      #expect(stored.slope.value == 1 && stored.intercept.value == exact.intercept)
      #expect(stored.isSigned == exact.isSigned)
    }
    for value in item.values {
      let found = stored.value(stored.stored(value))
      if item.exact != nil {
        #expect(found == value)
      } else {
        #expect(abs(found - value) <= stored.slope.value * 0.500_001 + value.ulp, "\(value) became \(found)")
      }
    }
    #expect(stored.slope.text.utf8.count <= 16 && stored.intercept.text.utf8.count <= 16)
  }

  @Test("the slope is the finest that spans the values")
  func finest() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let scale = Double.random(in: -12...12, using: &generator)
      let values = (0..<20).map { _ in Double.random(in: -1...1, using: &generator) * pow(10, scale) }
      let range = try Self.volume(values).range(threads: 1)
      let stored = try StoredValues(range)
      let finest = (range.high - range.low) / 65535
      #expect(stored.slope.value >= finest * (1 - 1e-9) && stored.slope.value <= finest * (1 + 1e-6))
    }
  }

  @Test("values beyond any slope and values that are none are refused", arguments: [1, 3])
  func refused(_ threads: Int) throws {
    #expect(throws: FormatError.self) { try StoredValues(.init(low: -1.5e300, high: 0, isIntegral: false)) }
    for broken in [Double.nan, .infinity, -.infinity] {
      var volume = Volume<Double>(grid: Grid(dimensions: [3, 4, 5], affine: .identity), repeating: 0.5)
      volume[2, 1, 3] = broken
      volume[0, 0, 4] = .nan
      let error = #expect(throws: FormatError.self) { try volume.range(threads: threads) }
      #expect(error?.message.contains("voxel (2, 1, 3) is \(broken)") == true)
    }
  }

  @Test("quantiles are those of the sorted values")
  func quantiles() throws {
    var generator = SeededGenerator(seed: 9)
    for signed in [true, false] {
      let values = (0..<1001).map { _ in Int32.random(in: (signed ? -500 : 0)...900, using: &generator) }
      let volume = Volume(grid: Grid(dimensions: [1001, 1, 1], affine: .identity), voxels: values)
      let stored = try StoredValues(volume.range(threads: 1))
      let sorted = values.sorted().map(Double.init)
      for threads in [1, 3] {
        let found = volume.quantiles(0.01, stored: stored, threads: threads)
        #expect(found.low == sorted[10] && found.high == sorted[990])
      }
    }
  }
}
