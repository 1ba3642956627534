/// A data element as another file has it.
struct CopiedElement: Sendable {
  var tag: DICOMTag
  var representation: String
  var bytes: [UInt8]
}

extension DICOMElements {
  /// An element for another file; `nil` where it is absent, empty or a sequence.
  func copied(_ tag: DICOMTag) -> CopiedElement? {
    raw(tag).map { CopiedElement(tag: tag, representation: $0.representation, bytes: $0.bytes) }
  }
}

extension DICOMBuilder {
  /// Sets elements as they are.
  func set(_ elements: [CopiedElement]) throws(FormatError) {
    for element in elements { try set(element.tag, element.representation, bytes: element.bytes) }
  }
}
