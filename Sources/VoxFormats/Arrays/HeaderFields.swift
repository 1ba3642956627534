/// The fields of a text header, by name, and where they stand in the file.
struct HeaderFields {
  private struct Field {
    let text: String
    let offset: Int
  }

  /// Bytes of a header at the most; no writer comes near it.
  static let largestHeader = 1 << 20

  private var fields: [String: Field] = [:]

  /// Adds a field.
  ///
  /// - Throws: ``FormatError`` with code `malformed` when the header has it already.
  mutating func add(_ name: String, _ text: some StringProtocol, at offset: Int) throws(FormatError) {
    guard fields[name] == nil else {
      throw FormatError(.malformed, "expected the field \"\(name)\" once, found it again", at: .offset(offset))
    }
    fields[name] = Field(text: text.trimmingBlanks, offset: offset)
  }

  /// The text of a field.
  subscript(name: String) -> String? { fields[name]?.text }

  /// Checks that fields are there.
  ///
  /// - Throws: ``FormatError`` with code `malformed` that names the first that is not.
  func require(_ names: String...) throws(FormatError) {
    for name in names where fields[name] == nil {
      throw FormatError(.malformed, "expected a field \"\(name)\" in the header, found none")
    }
  }

  /// The words of a field, as many as `count` says.
  func words(_ name: String, _ count: Int) throws(FormatError) -> [Substring]? {
    guard let text = self[name] else { return nil }
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == count else {
      throw malformed(name, "expected \(count) values, found \"\(text.excerpt)\"")
    }
    return words
  }

  /// The numbers of a field, as many as `count` says; they may be infinite or no number.
  func numbers(_ name: String, _ count: Int) throws(FormatError) -> [Double]? {
    guard let words = try words(name, count) else { return nil }
    var numbers: [Double] = []
    for word in words {
      guard let number = Double(word) else { throw malformed(name, "expected a number, found \"\(word)\"") }
      numbers.append(number)
    }
    return numbers
  }

  /// The finite numbers of a field, as many as `count` says.
  func finiteNumbers(_ name: String, _ count: Int) throws(FormatError) -> [Double]? {
    guard let numbers = try numbers(name, count) else { return nil }
    if let bad = numbers.first(where: { !$0.isFinite }) {
      throw malformed(name, "expected finite numbers, found \(bad)")
    }
    return numbers
  }

  /// The integer of a field.
  func integer(_ name: String) throws(FormatError) -> Int? { try integers(name, 1)?.first }

  /// The integers of a field, as many as `count` says.
  func integers(_ name: String, _ count: Int) throws(FormatError) -> [Int]? {
    guard let words = try words(name, count) else { return nil }
    var integers: [Int] = []
    for word in words {
      guard let integer = Int(word) else { throw malformed(name, "expected an integer, found \"\(word)\"") }
      integers.append(integer)
    }
    return integers
  }

  /// The error of a field that breaks the format.
  func malformed(_ name: String, _ message: String) -> FormatError { error(.malformed, name, message) }

  /// The error of a field that asks for something unknown here.
  func unsupported(_ name: String, _ message: String) -> FormatError { error(.unsupported, name, message) }

  private func error(_ code: FormatError.Code, _ name: String, _ message: String) -> FormatError {
    let error = FormatError(code, "\(name): \(message)")
    return fields[name].map { error.inside(.offset($0.offset)) } ?? error
  }
}

extension StringProtocol {
  /// The text without white space at either end.
  var trimmingBlanks: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return String(text)
  }

  /// The text, cut where it is long, for a message.
  var excerpt: String { count > 60 ? prefix(60) + "..." : String(self) }
}

/// Units of length in millimetres, by the names files give them.
enum LengthUnit {
  /// The factor to millimetres; `nil` for a name that is no unit of length.
  static func millimetres(_ name: String) -> Double? {
    switch name.lowercased() {
    case "mm", "millimeter", "millimeters", "millimetre", "millimetres": 1
    case "cm", "centimeter", "centimeters", "centimetre", "centimetres": 10
    case "m", "meter", "meters", "metre", "metres": 1000
    case "um", "µm", "μm", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres": 1e-3
    case "nm", "nanometer", "nanometers", "nanometre", "nanometres": 1e-6
    default: nil
    }
  }
}
