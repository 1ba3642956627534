public import ArgumentParser
public import VoxAttribution

/// What is attributed, and how.
struct AttributionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Attribute with this method: \(Self.methods).", valueName: "name"))
  var method = "gradient"

  @Flag(help: "List the methods with their options and references, and exit.")
  var listMethods = false

  @Option(
    help: ArgumentHelp(
      "Explain these labels, by name or value, separated by commas; present: every predicted label but background; "
        + "all: every label of the network.", valueName: "labels"))
  var target = "present"

  @Option(help: "Join the gradients of windows as the exact gradient of the blended logits, or as Agg2Exp sums them.")
  var stitch = Stitch.blended

  @Option(help: ArgumentHelp("Evaluate this many points of the path\(Self.takers(.steps)).", valueName: "n"))
  var steps: Int?

  @Option(
    help: ArgumentHelp("Average over this many noisy copies of the scan\(Self.takers(.samples)).", valueName: "n"))
  var samples: Int?

  @Option(
    help: ArgumentHelp(
      "Make noise with a standard deviation of this share of the input's range\(Self.takers(.noise)).",
      valueName: "share"))
  var noise: Double?

  @Option(help: ArgumentHelp("Seed the noise\(Self.takers(.seed)).", valueName: "n"))
  var seed: UInt64?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Begin the path at this uniform input: min, zero, mean or a value in units of the network's input"
        + "\(Self.takers(.baseline)).", valueName: "value"))
  var baseline: Baseline?

  private static var methods: String {
    MethodRegistry.all.map { "\($0.name) (\($0.shortName))" }.joined(separator: ", ")
  }
  /// The methods that take an option, for its help.
  private static func takers(_ option: MethodOption) -> String {
    " (" + MethodRegistry.all.filter { $0.options.contains(option) }.map { $0.name }.joined(separator: ", ") + ")"
  }

  func validate() throws { _ = try resolvedMethod() }

  /// The method with its options.
  func resolvedMethod() throws -> any AttributionMethod {
    var options = MethodOptions()
    (options.steps, options.samples, options.noise) = (steps, samples, noise)
    (options.seed, options.baseline) = (seed, baseline)
    do {
      return try MethodRegistry.method(method, options: options)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

extension Stitch: ExpressibleByArgument {}

extension Baseline: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
