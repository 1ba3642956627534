/// A new unique identifier: `2.25.` and a random UUID as a decimal number.
///
/// - Source: DICOM PS3.5 B.2; RFC 4122 4.4 (version 4).
func newDICOMUID() -> String {
  var generator = SystemRandomNumberGenerator()
  let high: UInt64 = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
  let low: UInt64 = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
  return "2.25.\(UInt128(high) << 64 | UInt128(low))"
}
