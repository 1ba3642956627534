import VoxGrid

/// Which sources of a target the graph keeps, strongest first.
public enum EdgeRule: Sendable, Hashable {
  /// So many.
  case strongest(Int)
  /// As many as have masses that add up to at most this share of the target's whole attribution.
  case cumulative(Double)
}

/// Where each target's explanation comes from, as a directed graph: region -> target, weighted by the mean mass.
///
/// Background and a target's own region are no sources. Masses are shares of the whole attribution, background and
/// self included; leaving those out rescales nothing.
///
/// - Source: Agg2Exp, which keeps the self edge.
public struct ExplanationGraph: CohortProduct {
  /// An edge from a region to a target.
  public struct Edge: Sendable, Hashable {
    public let region: Int
    public let target: Int
    public let mass: Double
  }

  public static let fileName = "graph.dot"

  /// By rising target, the strongest first.
  public let edges: [Edge]

  /// Selects edges.
  ///
  /// - Complexity: O(targets * regions * (cases + log regions)).
  public init(_ cohort: Cohort, rule: EdgeRule) {
    edges = cohort.targets.filter { $0 != 0 }.flatMap { target in
      let sources = cohort.regions.filter { $0 != 0 && $0 != target }
        .map { Edge(region: $0, target: target, mass: cohort.globalMass(target: target, region: $0)) }
        .filter { $0.mass > 0 }
        .sorted { ($1.mass, $0.region) < ($0.mass, $1.region) }
      switch rule {
      case .strongest(let count): return Array(sources.prefix(max(0, count)))
      case .cumulative(let share):
        var sum = 0.0
        return Array(
          sources.prefix { edge in
            sum += edge.mass
            return sum <= share
          })
      }
    }
  }

  /// `graph.dot` for Graphviz: nodes in the colours of the label table, edges as wide as they are strong.
  public static func text(of cohort: Cohort, settings: CohortSettings) -> String {
    let edges = ExplanationGraph(cohort, rule: settings.edges).edges
    let strongest = edges.map(\.mass).max() ?? 0
    let nodes = Set(edges.flatMap { [$0.region, $0.target] }).union(cohort.targets.filter { $0 != 0 }).sorted()
    var lines = ["digraph agg2exp {", "  node [shape=box, style=\"rounded,bold\"];"]
    for node in nodes {
      lines.append(
        "  \(id(node)) [label=\(quoted(cohort.labels.name(node))), color=\"\(hex(cohort.labels.color(node)))\"];")
    }
    for edge in edges {
      let width = 2 * (edge.mass + widthOffset) / (strongest + widthOffset)
      lines.append(
        "  \(id(edge.region)) -> \(id(edge.target)) [weight=\(edge.mass), penwidth=\(width), tooltip=\"\(edge.mass)\"];")
    }
    return (lines + ["}"]).map { $0 + "\n" }.joined()
  }

  /// Keeps the weakest edges visible.
  private static let widthOffset = 0.02

  /// The node of a label; Graphviz takes a minus sign within quotes only.
  private static func id(_ label: Int) -> String { label < 0 ? "\"n\(label)\"" : "n\(label)" }

  private static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private static func hex(_ color: [UInt8]) -> String {
    "#" + color.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
