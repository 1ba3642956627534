import Testing
import VoxOperators
import VoxTensor
import _VoxCases
import _VoxReference

/// Every case of the table, in every way an operator can be wrong.
@Suite struct OperatorTests {
  @Test(arguments: OperatorCase.all)
  func shapeRuleGivesTheShape(_ operatorCase: OperatorCase) throws {
    let compiled = try CompiledCase(operatorCase)
    #expect(compiled.model.outputShape.extents == compiled.reference.shape)
    let facts = operatorCase.inputs.indices.map { position -> Fact? in
      switch operatorCase.inputs[position] {
      case .x, .squaredX: Fact(shape: Shape(operatorCase.shape))
      case .literal, .integers, .shaped, .floats, .scalar: operatorCase.literal(position).map { Fact($0) }
      case .absent: nil
      }
    }
    let shapes = try operatorCase.makeOperator().outputShapes(facts)
    #expect(shapes.first?.extents == compiled.reference.shape)
  }

  @Test(arguments: OperatorCase.all)
  func valueIsTheReferences(_ operatorCase: OperatorCase) throws {
    let compiled = try CompiledCase(operatorCase)
    for keepingTape in [false, true] {
      let error = relativeError(try compiled.output(keepingTape: keepingTape), compiled.reference.values)
      #expect(error <= operatorCase.tolerance, "keepingTape: \(keepingTape)")
    }
  }

  /// Compares `<v, J'u>` with `<Jv, u>`, where `Jv` is a central difference of the reference in double precision.
  @Test(arguments: OperatorCase.all)
  func vjpIsTheDerivativeOfTheReference(_ operatorCase: OperatorCase) throws {
    let compiled = try CompiledCase(operatorCase)
    _ = try compiled.output(keepingTape: true)
    let (x, step) = (operatorCase.input().map(Double.init), 1e-4)
    for direction in 0..<3 {
      let v = operatorCase.draw(x.count, .uniform, stream: "tangent \(direction)").map(Double.init)
      let u = operatorCase.draw(compiled.model.outputShape.count, .uniform, stream: "cotangent \(direction)")
      let ahead = try #require(operatorCase.reference(zip(x, v).map { $0 + step * $1 })).values
      let behind = try #require(operatorCase.reference(zip(x, v).map { $0 - step * $1 })).values
      let expected = zip(zip(ahead, behind), u).reduce(0) { $0 + ($1.0.0 - $1.0.1) / (2 * step) * Double($1.1) }

      let gradient = try compiled.gradient(u).map(Double.init)
      let found = zip(v, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      // What a product of two random vectors of these lengths comes to.
      let size = norm(v) * norm(gradient) / Double(x.count).squareRoot()
      #expect(
        abs(found - expected) <= operatorCase.gradientTolerance * size,
        "direction \(direction): expected \(expected), found \(found)")
    }
  }

  @Test(arguments: OperatorCase.all)
  func threadsChangeNothing(_ operatorCase: OperatorCase) throws {
    var first: (output: [Double], gradient: [Double])?
    for threads in [1, 2, 7] {
      let compiled = try CompiledCase(operatorCase, threads: threads)
      let output = try compiled.output(keepingTape: true)
      let cotangent = operatorCase.draw(compiled.model.outputShape.count, .uniform, stream: "cotangent")
      let gradient = try compiled.gradient(cotangent)
      guard let first else {
        first = (output.map(Double.init), gradient.map(Double.init))
        continue
      }
      #expect(relativeError(output, first.output) <= 1e-6, "\(threads) threads")
      #expect(relativeError(gradient, first.gradient) <= 1e-6, "\(threads) threads")
    }
  }

  @Test(arguments: OperatorCase.all)
  func cotangentsThatGoBackTogetherGiveTheSameToTheBit(_ operatorCase: OperatorCase) throws {
    let compiled = try CompiledCase(operatorCase)
    let cotangents = (0..<3).map {
      operatorCase.draw(compiled.model.outputShape.count, .uniform, stream: "cotangent \($0)")
    }
    _ = try compiled.output(keepingTape: true)
    let alone = try cotangents.map { try compiled.gradient($0) }
    compiled.model.setTapes(1, ReversePass(cotangents: 3))
    _ = try compiled.output(keepingTape: true)
    #expect(try compiled.gradients(cotangents) == alone)
    #expect(try compiled.gradients(Array(cotangents[1...])) == Array(alone[1...]), "fewer than there is room for")
  }

  @Test func everyOperatorHasACase() {
    let covered = Set(OperatorCase.all.map(\.operatorName))
    #expect(Set(OperatorRegistry.all.map { $0.name }) == covered)
  }

  @Test func namesOfCasesAreDistinct() {
    #expect(Set(OperatorCase.all.map(\.name)).count == OperatorCase.all.count)
  }

  private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}
