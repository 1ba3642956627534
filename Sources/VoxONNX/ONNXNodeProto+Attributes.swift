import Foundation
import VoxTensor

extension ONNXNodeProto {
  /// The attributes by name.
  ///
  /// - Throws: `malformed` for a name that comes twice or an attribute without type, `unsupported` for a type without
  ///   meaning here, such as a subgraph.
  func attributes(files: inout ExternalFiles) throws(EngineError) -> [String: Attributes.Value] {
    var values: [String: Attributes.Value] = [:]
    for attribute in attribute {
      do throws(EngineError) {
        guard values.updateValue(try attribute.value(files: &files), forKey: attribute.name) == nil else {
          throw EngineError(.malformed, "expected this attribute once, found it twice")
        }
      } catch {
        throw error.inside(.attribute(attribute.name))
      }
    }
    return values
  }

  /// The value of a `Constant` node.
  func constant(files: inout ExternalFiles) throws(EngineError) -> Literal {
    let attributes = try attributes(files: &files)
    guard attributes.count == 1, let (name, value) = attributes.first else {
      throw EngineError(.malformed, "expected one attribute that holds the value, found \(attributes.count)")
    }
    switch (name, value) {
    case ("value", .tensor(let literal)): return literal
    case ("value_float", .float(let float)): return Literal([], floats: [float])
    case ("value_floats", .floats(let floats)): return Literal([floats.count], floats: floats)
    case ("value_int", .integer(let integer)): return Literal([], integers: [Int64(integer)])
    case ("value_ints", .integers(let integers)): return Literal([integers.count], integers: integers.map(Int64.init))
    default: throw EngineError(.unsupported, "expected a tensor or numbers as a constant", at: .attribute(name))
    }
  }
}

extension ONNXAttributeProto {
  fileprivate func value(files: inout ExternalFiles) throws(EngineError) -> Attributes.Value {
    guard refAttrName.isEmpty else {
      throw EngineError(
        .malformed, "expected a value, found a reference to the attribute \"\(refAttrName)\" of a function")
    }
    switch type {
    case .float: return .float(f)
    case .int: return .integer(Int(i))
    case .string: return .string(try text(s))
    case .tensor: return .tensor(try Literal(t, files: &files))
    case .floats: return .floats(floats)
    case .ints: return .integers(ints.map(Int.init))
    case .strings:
      var texts: [String] = []
      for bytes in strings { texts.append(try text(bytes)) }
      return .strings(texts)
    case .graph, .graphs: throw EngineError(.unsupported, "subgraphs are not implemented")
    case .undefined: throw EngineError(.malformed, "expected a type of the attribute, found none")
    default: throw EngineError(.unsupported, "attributes of type \(type) are not implemented")
    }
  }

  private func text(_ bytes: Data) throws(EngineError) -> String {
    guard let text = String(data: bytes, encoding: .utf8) else {
      throw EngineError(.malformed, "expected UTF-8 text, found other bytes")
    }
    return text
  }
}
