/// How the values of a volume become 16-bit integers: `slope * stored + intercept`, the same for every slice.
///
/// Integers that span at most 65536 values, whatever type they come in, are exact, with slope 1; the intercept is 0
/// where they fit 16 bits. Of other volumes the whole range is spread over 16 bits: a value that is read back differs by
/// at most half the slope.
package struct StoredValues: Sendable {
  package let slope: DecimalString
  package let intercept: DecimalString
  /// Whether stored values are two's complement.
  package let isSigned: Bool

  /// Whether stored values are the values.
  package var isIdentity: Bool { slope.value == 1 && intercept.value == 0 }

  /// Chooses the finest rescaling for values in a range.
  ///
  /// - Throws: ``FormatError`` with code `unsupported` for a range that no slope spans.
  package init(_ range: VoxelRange) throws(FormatError) {
    let (low, high) = (range.low, range.high)
    let (unit, zero) = (DecimalString(1), DecimalString(0))
    if range.isIntegral, high - low <= 65535 {
      if low >= 0, high <= 65535 {
        (slope, intercept, isSigned) = (unit, zero, false)
        return
      }
      if low >= -32768, high <= 32767 {
        (slope, intercept, isSigned) = (unit, zero, true)
        return
      }
      let offset = DecimalString(low)
      if offset.value == low {
        (slope, intercept, isSigned) = (unit, offset, false)
        return
      }
    }
    guard low >= -Self.limit, high <= Self.limit else {
      throw FormatError(
        .unsupported, "expected values of at most \(Self.limit), found \(low) to \(high); clip or scale them first")
    }
    intercept = DecimalString(atMost: low)
    let step = max((high - intercept.value) / 65535, .leastNormalMagnitude)
    slope = high == intercept.value ? unit : DecimalString(atLeast: step)
    isSigned = false
  }

  /// The stored value of a value in the range, as its 16 bits.
  @inline(__always)
  package func stored(_ value: Double) -> UInt16 {
    if isSigned { return UInt16(bitPattern: Int16(value)) }
    return UInt16(min(65535, (value - intercept.value) / slope.value + 0.5))
  }

  /// The value that a stored one stands for.
  package func value(_ stored: UInt16) -> Double {
    slope.value * (isSigned ? Double(Int16(bitPattern: stored)) : Double(stored)) + intercept.value
  }

  /// Beyond it differences and products could overflow.
  private static let limit = 1e300
}
