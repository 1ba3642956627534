import VoxGrid

/// The labels of a card, read strictly: what a label table of a stream forgives, a card's author should hear of.
struct CardLabels: Decodable {
  let table: LabelTable

  /// Reads an array of objects.
  ///
  /// - Throws: `DecodingError` that names the entry and the field: for an unknown field, a colour without three
  ///   components, a value that an earlier entry has.
  init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    var labels: [Label] = []
    while !list.isAtEnd {
      let inner = try list.superDecoder()
      let fields = try inner.container(keyedBy: AnyKey.self)
      try fields.rejectKeys(except: ["value", "name", "color", "terminology"], in: "a label")
      if let color = try fields.decodeIfPresent([Int].self, forKey: AnyKey("color")),
        color.count != 3 || !color.allSatisfy({ (0...255).contains($0) })
      {
        throw fields.problem("color", "expected three numbers from 0 to 255, found \(color)")
      }
      if fields.contains(AnyKey("terminology")) {
        let terms = try fields.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("terminology"))
        try terms.rejectKeys(except: ["category", "type", "modifier"], in: "a label's terminology")
        for key in terms.allKeys {
          try terms.nestedContainer(keyedBy: AnyKey.self, forKey: key)
            .rejectKeys(except: ["scheme", "value", "meaning"], in: "a code")
        }
      }
      let label = try Label(from: inner)
      if let first = labels.firstIndex(where: { $0.value == label.value }) {
        throw fields.problem("value", "expected each value once, found \(label.value) in labels[\(first)] too")
      }
      labels.append(label)
    }
    table = LabelTable(labels)
  }
}
