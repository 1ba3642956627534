import Glibc

/// A number in DICOM's decimal notation, which has room for 16 characters.
///
/// - Source: DICOM PS3.5 6.2, value representation DS.
package struct DecimalString: Sendable, Hashable {
  /// As it is written: fixed or scientific notation, whichever keeps more digits.
  package let text: String
  /// The number a reader finds.
  package let value: Double

  /// The nearest number that fits: exact where one is, else with as many digits as there is room for.
  ///
  /// - Precondition: `value` is finite.
  package init(_ value: Double) {
    precondition(value.isFinite, "a decimal string is a finite number")
    let candidates = (1...17).reversed().lazy.compactMap { Self.text(of: value, digits: $0) }
    text = candidates.first ?? "0"
    self.value = Double(text) ?? 0
  }

  /// A number close to `bound` that is not above it.
  package init(atMost bound: Double) { self.init(bound, stepping: -bound.ulp) { $0 <= bound } }

  /// A number close to `bound` that is not below it.
  package init(atLeast bound: Double) { self.init(bound, stepping: bound.ulp) { $0 >= bound } }

  private init(_ bound: Double, stepping step: Double, until isOnSide: (Double) -> Bool) {
    var (candidate, step) = (DecimalString(bound), step)
    while !isOnSide(candidate.value) {
      candidate = DecimalString(bound + step)
      step *= 2
    }
    self = candidate
  }

  /// The value rounded to a number of significant digits; `nil` where that takes more than 16 characters.
  private static func text(of value: Double, digits: Int) -> String? {
    if value == 0 { return "0" }
    var buffer = [CChar](repeating: 0, count: 32)
    withVaList([Int32(digits - 1), abs(value)]) { _ = vsnprintf(&buffer, buffer.count, "%.*e", $0) }
    let parts = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      .split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return nil }
    var significant = parts[0].filter { $0 != "." }
    while significant.count > 1, significant.last == "0" { significant.removeLast() }
    return [fixed(significant, exponent), scientific(significant, exponent)]
      .map { (value < 0 ? "-" : "") + $0 }.filter { $0.utf8.count <= 16 }.min { $0.utf8.count < $1.utf8.count }
  }

  private static func fixed(_ digits: String, _ exponent: Int) -> String {
    func zeros(_ count: Int) -> String { String(repeating: "0", count: max(0, min(count, 17))) }
    if exponent < 0 { return "0." + zeros(-exponent - 1) + digits }
    let whole = digits.prefix(exponent + 1) + zeros(exponent + 1 - digits.count)
    let fraction = digits.dropFirst(exponent + 1)
    return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
  }

  private static func scientific(_ digits: String, _ exponent: Int) -> String {
    let fraction = digits.dropFirst()
    return digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction) + "e\(exponent)"
  }
}
