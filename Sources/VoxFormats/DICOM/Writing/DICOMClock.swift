internal import Glibc

/// The date and the time of day as DICOM writes them.
enum DICOMClock {
  /// Now, in local time: `YYYYMMDD` and `HHMMSS`.
  ///
  /// - Source: DICOM PS3.5 6.2, value representations DA and TM.
  static var now: (date: String, time: String) {
    var (seconds, fields) = (time(nil), tm())
    localtime_r(&seconds, &fields)
    func digits(_ value: some BinaryInteger, _ width: Int) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let date = digits(fields.tm_year + 1900, 4) + digits(fields.tm_mon + 1, 2) + digits(fields.tm_mday, 2)
    return (date, digits(fields.tm_hour, 2) + digits(fields.tm_min, 2) + digits(min(59, fields.tm_sec), 2))
  }
}
