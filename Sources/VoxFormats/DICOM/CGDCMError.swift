internal import CGDCM

extension cgdcm_error {
  /// The text that GDCM's side wrote.
  var message: String {
    withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
