import Testing
import VoxFormats
import _VoxTestSupport

@Suite("decimal strings")
struct DecimalStringTests {
  static let examples: [(value: Double, text: String)] = [
    (0, "0"), (-0.0, "0"), (1, "1"), (-1024, "-1024"), (0.5, "0.5"), (0.1, "0.1"), (0.9765625, "0.9765625"),
    (1e15, "1e15"), (123_456, "123456"), (1e-7, "1e-7"), (-249.51171875, "-249.51171875"),
    (1.0 / 3, "0.33333333333333"), (-1.0 / 3, "-0.3333333333333"), (1e5 / 3, "33333.3333333333"),
    (1e-5 / 3, "3.33333333333e-6"), (-123_456_789_012_345_680, "-1.2345678901e17"),
    (.leastNonzeroMagnitude, "4.940656458e-324"),
  ]

  @Test("numbers are written as short as they can be", arguments: examples)
  func text(_ value: Double, _ expected: String) { #expect(DecimalString(value).text == expected) }

  @Test("any number keeps the digits that 16 characters have room for")
  func random() throws {
    var generator = SeededGenerator(seed: 16)
    for _ in 0..<3000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite, abs(value) < 1e300 else { continue }
      let decimal = DecimalString(value)
      #expect(decimal.text.utf8.count <= 16)
      #expect(decimal.text.allSatisfy { "0123456789+-e.".contains($0) })
      #expect(Double(decimal.text) == decimal.value)
      let tolerance = 1e-8 * abs(value) + 2 * .leastNonzeroMagnitude
      #expect(abs(decimal.value - value) <= tolerance, "\(value) became \(decimal.text)")
      let (below, above) = (DecimalString(atMost: value), DecimalString(atLeast: value))
      #expect(below.value <= value && value <= above.value)
      #expect(above.value - below.value <= tolerance)
    }
  }

  @Test("a number that was read from 16 characters is written as the same number")
  func stable() throws {
    var generator = SeededGenerator(seed: 17)
    for _ in 0..<3000 {
      let digits = (0..<13).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
      let point = Int.random(in: 0...13, using: &generator)
      let text = (Bool.random(using: &generator) ? "-" : "") + digits.prefix(point) + "." + digits.dropFirst(point)
      guard let value = Double("0" + text.drop { $0 == "-" }) else { continue }
      let signed = text.hasPrefix("-") ? -value : value
      #expect(DecimalString(signed).value == signed, "\(text)")
    }
  }
}
