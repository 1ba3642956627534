/// A kind of node: its attributes, its shape rule, its value and its derivative.
///
/// An operator writes itself into a plan: ``lower(_:into:)`` emits the kernels of the forward pass and returns the outputs
/// together with a pullback, which emits the kernels of the reverse pass. What the pullback reads of the forward pass is
/// what the tape keeps, nothing else.
public protocol Operator: Sendable {
  /// The operator's name in ONNX's default domain.
  static var name: String { get }
  /// First operator set version whose definition is implemented.
  static var since: Int { get }
  /// How many inputs it takes.
  static var arity: ClosedRange<Int> { get }

  /// Reads the attributes.
  init(_ attributes: inout Attributes) throws(EngineError)

  /// The shapes of the outputs.
  ///
  /// - Parameter inputs: one per input, `nil` for one that is left out.
  func outputShapes(_ inputs: [Fact?]) throws(EngineError) -> [Shape]

  /// Emits the forward pass and says how to go back.
  func lower(_ inputs: [Operand?], into plan: PlanBuilder) throws(EngineError) -> Lowered

  /// The outputs when all inputs are literals and the operator works on integers or shapes; `nil` to run it instead.
  func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]?

  /// The operator that also does the work of the only reader of this one's output; `nil` where there is none.
  ///
  /// It reads what this one reads and makes what the reader makes.
  ///
  /// - Parameters:
  ///   - next: the reader.
  ///   - inputs: what this one reads.
  func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)?

  /// The operator that does the work of this one and of nodes after it; `nil` where there is none.
  ///
  /// - Parameters:
  ///   - line: the only reader of this one's output, the only reader of that one's, and so on.
  ///   - inputs: what this one reads.
  func merged(with line: [Follower], _ inputs: [Fact?]) throws(EngineError) -> Merger?

  /// The operator that also does the work of the nodes that make what this one reads; `nil` where there is none.
  ///
  /// It reads one tensor, the first input of all of these nodes, and makes what this one makes.
  ///
  /// - Parameters:
  ///   - makers: for each input the node that makes it, `nil` for what no node makes.
  ///   - inputs: what this one reads.
  func preceded(by makers: [Maker?], _ inputs: [Fact?]) throws(EngineError) -> (any Operator)?

  /// Floating-point operations of one forward pass, a multiply-add counted as two.
  func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double
}

extension Operator {
  /// No folding beyond running the operator.
  public func fold(_ inputs: [Fact?]) throws(EngineError) -> [Literal]? { nil }

  /// Each node is run on its own.
  public func followed(by next: Follower, _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? { nil }

  /// Each node is run on its own.
  public func merged(with line: [Follower], _ inputs: [Fact?]) throws(EngineError) -> Merger? { nil }

  /// Each node is run on its own.
  public func preceded(by makers: [Maker?], _ inputs: [Fact?]) throws(EngineError) -> (any Operator)? { nil }

  /// One operation per element.
  public func flops(_ inputs: [Shape?], _ outputs: [Shape]) -> Double { outputs.reduce(0) { $0 + Double($1.count) } }
}

/// What is known of a value before anything runs: its shape, and its elements where it is a literal.
public struct Fact: Sendable {
  public let shape: Shape
  public let literal: Literal?

  /// Makes a fact.
  public init(shape: Shape, literal: Literal? = nil) { (self.shape, self.literal) = (shape, literal) }

  /// The fact of a literal.
  public init(_ literal: Literal) { self.init(shape: literal.shape, literal: literal) }
}

/// The only reader of an operator's output.
public struct Follower {
  public let `operator`: any Operator
  /// What it reads; at ``position`` the other operator's output.
  public let inputs: [Fact?]
  public let position: Int
  /// For each of its inputs the position of the same value among the other operator's inputs.
  public let shared: [Int?]

  /// The literal that it reads beside the other operator's output, of two inputs.
  public var partner: Literal? {
    inputs.count == 2 ? inputs[1 - position]?.literal : nil
  }
}

/// An operator that does the work of several nodes in a line.
///
/// It reads what the first one reads, then of each node after it the inputs that no node of the line makes.
public struct Merger {
  let `operator`: any Operator
  let nodes: Int

  /// Makes a merger.
  ///
  /// - Parameter nodes: how many nodes it takes over after the first.
  public init(_ operator: any Operator, nodes: Int) { (self.operator, self.nodes) = (`operator`, nodes) }
}

/// A node that makes what another one reads.
public struct Maker {
  public let `operator`: any Operator
  /// What it reads.
  public let inputs: [Fact?]
}

/// What an operator has put into a plan.
public struct Lowered {
  /// Emits the reverse pass: cotangents of the outputs (`nil` where none flows) to cotangents of the inputs.
  public typealias Pullback = ([Operand?], PlanBuilder) throws(EngineError) -> [Operand?]

  /// One per output.
  public let outputs: [Operand]
  /// One cotangent per input, `nil` for an input whose derivative is zero or not wanted.
  public let pullback: Pullback
  /// Whether the pullback takes cotangents that are outer products, or that a rectifier's derivative is yet to be applied
  /// to; if not, it is given whole ones.
  let takesOuterProducts: Bool

  /// Makes the result of ``Operator/lower(_:into:)``.
  ///
  /// - Parameter takesOuterProducts: whether the pullback lets kernels read its cotangents, or hands them on, and neither
  ///   looks into them itself nor sees their memory in another way.
  public init(_ outputs: [Operand], takesOuterProducts: Bool = false, pullback: @escaping Pullback) {
    (self.outputs, self.takesOuterProducts, self.pullback) = (outputs, takesOuterProducts, pullback)
  }
}
