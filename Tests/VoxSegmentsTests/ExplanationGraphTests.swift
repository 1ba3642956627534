import Testing
import VoxGrid
import VoxSegments

@Suite("explanation graph")
struct ExplanationGraphTests {
  /// Target 1 draws on regions 2, 3 and 4 with 0.3, 0.2 and 0.1; a quarter lies in itself, the rest in background.
  static func cohort(name: String = "spleen") throws -> Cohort {
    var file = CohortTests.file("a", [[0.15, 0.25, 0.3, 0.2, 0.1], [0.9, 0, 0.1, 0, 0]])
    file.labels = LabelTable([Label(value: 1, name: "liver", color: [255, 0, 9]), Label(value: 2, name: name)])
    return try Cohort([file])
  }

  struct Rule: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let rule: EdgeRule
    let sources: [Int]
  }

  @Test(
    "the rule selects the strongest sources, never background or self",
    arguments: [
      Rule(testDescription: "none", rule: .strongest(0), sources: []),
      Rule(testDescription: "two", rule: .strongest(2), sources: [2, 3]),
      Rule(testDescription: "more than there are", rule: .strongest(9), sources: [2, 3, 4]),
      Rule(testDescription: "share below the first", rule: .cumulative(0.29), sources: []),
      Rule(testDescription: "share of two", rule: .cumulative(0.55), sources: [2, 3]),
      Rule(testDescription: "everything", rule: .cumulative(1), sources: [2, 3, 4]),
    ])
  func rules(_ example: Rule) throws {
    let edges = ExplanationGraph(try Self.cohort(), rule: example.rule).edges
    #expect(edges.filter { $0.target == 1 }.map(\.region) == example.sources)
    #expect(!edges.contains { $0.region == $0.target || $0.region == 0 })
  }

  @Test("the text is what Graphviz reads")
  func text() throws {
    var settings = CohortSettings()
    settings.edges = .strongest(1)
    let cohort = try Self.cohort(name: "the \"odd\" \\ one")
    #expect(
      ExplanationGraph.text(of: cohort, settings: settings) == """
        digraph agg2exp {
          node [shape=box, style="rounded,bold"];
          n1 [label="liver", color="#ff0009"];
          n2 [label="the \\"odd\\" \\\\ one", color="\(Self.hex(2))"];
          n2 -> n1 [weight=0.3, penwidth=2.0, tooltip="0.3"];
        }

        """)
  }

  @Test("a label below zero is a quoted node")
  func negative() throws {
    var file = CohortTests.file("a", [[0, 0.2, 0.8]])
    file.matrix[2].region = -5
    var settings = CohortSettings()
    settings.edges = .strongest(1)
    let text = ExplanationGraph.text(of: try Cohort([file]), settings: settings)
    #expect(text.contains("\n  \"n-5\" [label="))
    #expect(text.contains("\n  \"n-5\" -> n1 [weight=0.8"))
  }

  private static func hex(_ label: Int) -> String {
    "#" + Label.defaultColor(label).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
