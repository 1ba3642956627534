/// Where the time of a compiled model goes, node by node.
public struct Profile: Sendable {
  /// The kernels that a node put into one pass.
  public struct Row: Sendable {
    /// Position of the node in the file, and its name and operator there.
    public let node: Int
    public let name: String
    public let `operator`: String
    /// Whether the kernels belong to the reverse pass.
    public let isReverse: Bool
    /// The implementations of the kernels in their order.
    public let kernels: [String]
    /// How often the kernels ran; cotangents that went back together count each, also for kernels that served all of them.
    public let runs: Int
    /// Seconds of all runs.
    public let seconds: Double
    /// Seconds of every kernel's fastest run, summed, for all cotangents that go back at once: without what memory costs
    /// that is touched for the first time, and without what other processes take.
    public let fastest: Double
    /// How many cotangents go back at once; 1 for the forward pass.
    public let cotangents: Int
    /// Floating-point operations of one run; those of the operator's forward pass, also for its reverse pass.
    public let flops: Double
    /// Bytes that the kernels of one run read and write, buffers counted once per kernel.
    public let bytes: Int

    /// Operations per second in thousands of millions; 0 where nothing ran.
    public var gigaflopsPerSecond: Double { seconds > 0 ? flops * Double(runs) / seconds / 1e9 : 0 }
    /// Bytes per second in thousands of millions; 0 where nothing ran.
    public var gigabytesPerSecond: Double { seconds > 0 ? Double(bytes) * Double(runs) / seconds / 1e9 : 0 }
  }

  /// In order of execution, the forward pass first.
  public let rows: [Row]

  /// Seconds of all rows.
  public var seconds: Double { rows.reduce(0) { $0 + $1.seconds } }
}

extension Profile {
  /// A header and one line per node and pass, fields separated by tabs.
  public var table: String {
    let total = max(seconds, .leastNormalMagnitude)
    let header = [
      "node", "name", "operator", "pass", "runs", "at_once", "seconds", "fastest", "share", "gflop_s", "mbytes",
      "gbyte_s", "kernels",
    ]
    let lines = rows.map { row in
      [
        String(row.node), row.name, row.operator, row.isReverse ? "reverse" : "forward", String(row.runs),
        String(row.cotangents), Self.rounded(row.seconds, 1e6), Self.rounded(row.fastest, 1e6),
        Self.rounded(row.seconds / total, 1e4),
        Self.rounded(row.gigaflopsPerSecond, 10),
        Self.rounded(Double(row.bytes) / 1e6, 10), Self.rounded(row.gigabytesPerSecond, 10),
        row.kernels.joined(separator: " "),
      ]
    }
    return ([header] + lines).map { $0.joined(separator: "\t") + "\n" }.joined()
  }

  private static func rounded(_ value: Double, _ scale: Double) -> String { String((value * scale).rounded() / scale) }
}

extension Plan {
  /// What the plan has cost so far; nothing where it has not run.
  func profile(_ graph: SpecializedGraph) -> [Profile.Row] {
    let nodes = Dictionary(graph.graph.nodes.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    if runs.forward == 0 { return [] }
    // Cotangents that go back at once come by a node one after the other.
    var parts: [(isReverse: Bool, node: Int, steps: [Int])] = []
    var known: [[Int]: Int] = [:]
    for (position, step) in steps.enumerated() {
      let isReverse = position >= reverseStart
      let key = [isReverse ? 1 : 0, step.node]
      if let part = known[key] {
        parts[part].steps.append(position)
      } else {
        known[key] = parts.count
        parts.append((isReverse, step.node, [position]))
      }
    }
    return parts.map { part in
      let node = nodes[part.node]
      let once = part.steps.filter { steps[$0].cotangent ?? 0 == 0 }
      return Profile.Row(
        node: part.node, name: node?.name ?? "", operator: node.map { type(of: $0.operator).name } ?? "",
        isReverse: part.isReverse, kernels: once.map { steps[$0].kernel.implementation },
        runs: part.isReverse ? runs.reverse : runs.forward, seconds: part.steps.reduce(0) { $0 + seconds[$1] },
        fastest: part.steps.reduce(0) { $0 + fastest[$1].seconds },
        cotangents: part.steps.reduce(1) { max($0, fastest[$1].cotangents) },
        flops: node.map(graph.flops) ?? 0,
        bytes: once.reduce(0) { total, step in
          steps[step].arguments.reduce(total) { $0 + (steps[step].kernel.layout($1.slot)?.bytes ?? 0) }
        })
    }
  }
}
