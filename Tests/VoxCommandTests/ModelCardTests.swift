import Testing
import VoxCommand
import VoxFormats
import VoxGrid
import _VoxTestSupport

@Suite("Model card")
struct ModelCardTests {
  private static let text = """
    {"name": "net", "description": "d", "orientation": "LPS", "spacing": [1.5, 1.5, 3],
     "intensity": [{"step": "clip", "low": -160, "high": 240}, {"step": "scale", "from": [-160, 240], "to": [0, 1]},
                   {"step": "z-score"}, {"step": "z-score", "mean": 1, "sd": 2},
                   {"step": "quantiles", "low": 0.02, "high": 0.98}],
     "channels": [{"name": "T1"}, {"name": "PET", "intensity": [{"step": "z-score"}]}],
     "roi": [80, 80, 16], "overlap": 0.25, "blend": "constant", "padding": -1, "activation": "sigmoid",
     "labels": [{"value": 0, "name": "background", "color": [0, 0, 0]}, {"value": 1, "name": "liver"}]}
    """

  private func decode(_ text: String) throws(FormatError) -> ModelCard {
    try ModelCard.decode(Array(text.utf8), name: "fallback", from: "net.json")
  }

  @Test("every field is read, and the card comes back from its own JSON")
  func fields() throws {
    let card = try decode(Self.text)
    #expect(card.name == "net" && card.description == "d")
    #expect(card.orientation == .lps && card.spacing == [1.5, 1.5, 3])
    #expect(card.roi == [80, 80, 16] && card.overlap == 0.25 && card.blend == .constant)
    #expect(card.padding == -1 && card.activation == .sigmoid)
    #expect(card.labels.value("LIVER") == 1)
    #expect(card.intensity.steps.count == 5)
    #expect(card.intensity.steps[0] as? ClipStep == ClipStep(low: -160, high: 240))
    #expect(card.intensity.steps[3] as? ZScoreStep == ZScoreStep(mean: 1, sd: 2))
    #expect(card.channels.map(\.name) == ["T1", "PET"])
    #expect((0..<3).map { card.intensity(ofChannel: $0).steps.count } == [5, 1, 5])
    #expect(try decode(card.json()) == card)
  }

  @Test("an empty card has defaults and the file's name")
  func defaults() throws {
    let card = try decode("{}")
    #expect(card == ModelCard(name: "fallback"))
    #expect(card.orientation == .ras && card.spacing == nil && card.roi == nil)
  }

  @Test(
    "what is wrong is named",
    arguments: [
      ("[1]", "net.json"),
      ("{", "net.json"),
      (#"{"spacings": [1, 1, 1]}"#, "unknown field \"spacings\""),
      (#"{"spacing": [1, 1]}"#, "three positive numbers"),
      (#"{"spacing": [1, 0, 1]}"#, "three positive numbers"),
      (#"{"spacing": "x"}"#, "spacing"),
      (#"{"orientation": "XYZ"}"#, "RAS"),
      (#"{"roi": [0, 1, 1]}"#, "roi"),
      (#"{"overlap": 1}"#, "overlap"),
      (#"{"blend": "none"}"#, "blend"),
      (#"{"intensity": [{"step": "sharpen"}]}"#, "unknown intensity step \"sharpen\""),
      (#"{"intensity": [{"step": "clip", "low": 0}]}"#, "\"high\" is missing"),
      (#"{"intensity": [{"step": "clip", "low": 3, "high": 2}]}"#, "low < high"),
      (#"{"intensity": [{"step": "clip", "low": 1, "high": 2, "mid": 3}]}"#, "unknown field \"mid\""),
      (#"{"intensity": [{"step": "scale", "from": [1, 1], "to": [0, 1]}]}"#, "two different numbers"),
      (#"{"intensity": [{"step": "scale", "from": [1], "to": [0, 1]}]}"#, "two numbers"),
      (#"{"intensity": [{"step": "z-score", "sd": 0}]}"#, "positive sd"),
      (#"{"intensity": [{"step": "quantiles", "low": 0.5, "high": 1.5}]}"#, "low < high <= 1"),
      (#"{"channels": [{"intensity": []}]}"#, "channels[0]: field \"name\" is missing"),
      (#"{"channels": [{"name": "T1"}, {"name": "T1"}]}"#, "channels: expected each name once, found \"T1\" twice"),
      (#"{"channels": [{"name": ""}]}"#, "channels[0].name: expected a name"),
      (#"{"channels": [{"name": "T1", "intensities": []}]}"#, "unknown field \"intensities\""),
      (#"{"channels": [{"name": "T1", "intensity": [{"step": "sharpen"}]}]}"#, "unknown intensity step"),
      (#"{"labels": [{"name": "x"}]}"#, "labels[0]"),
      (#"{"labels": [{"value": 0, "name": "x"}, {"value": 1, "name": "y", "colour": [1, 2, 3]}]}"#, "labels[1].colour"),
      (#"{"labels": [{"value": 1, "name": "y", "color": [1, 2]}]}"#, "labels[0].color: expected three numbers"),
      (#"{"labels": [{"value": 1, "name": "y", "color": [1, 2, 256]}]}"#, "labels[0].color"),
      (#"{"labels": [{"value": 1, "name": "y"}, {"value": 1, "name": "z"}]}"#, "labels[1].value: expected each value"),
    ])
  func problems(text: String, message: String) throws {
    let error = #expect(throws: FormatError.self) { try decode(text) }
    let found = try #require(error)
    #expect(found.code == .malformed)
    #expect(found.description.hasPrefix("net.json"))
    #expect(found.description.contains(message), "\(found)")
  }

  @Test("the card beside the network comes before the one inside it")
  func finding() throws {
    let folder = try TemporaryDirectory()
    let model = folder.path("net.onnx")
    #expect(try ModelCard.find(model: model) == nil)
    let metadata = [ModelCard.metadataKey: #"{"description": "inside"}"#]
    #expect(try ModelCard.find(model: model, metadata: metadata)?.description == "inside")
    _ = try folder.write(Array(#"{"description": "beside"}"#.utf8), as: "net.json")
    let card = try #require(try ModelCard.find(model: model, metadata: metadata))
    #expect(card.description == "beside" && card.name == "net")
  }
}
