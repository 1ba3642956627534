import Foundation
import Testing
import VoxONNX
import VoxTensor

@Suite struct ImportErrorTests {
  struct Case: CustomTestStringConvertible {
    let file: String
    let code: EngineError.Code
    let message: String
    var testDescription: String { file }

    init(_ file: String, _ code: EngineError.Code, _ message: String) {
      (self.file, self.code, self.message) = (file, code, message)
    }
  }

  static let cases = [
    Case("bad_cycle", .malformed, "node 1 \"the Relu\" (Relu): input \"a\" depends on"),
    Case("bad_self", .malformed, "node 0 \"the Add\" (Add): input \"y\" depends on"),
    Case("bad_missing_value", .malformed, "(Add): input \"nothing\" is made by no node"),
    Case("bad_output", .malformed, "tensor \"y\": this output of the graph is made by no node"),
    Case("bad_made_twice", .malformed, "node 1 \"the Sigmoid\" (Sigmoid): output \"y\" is made by node 0 already"),
    Case("bad_makes_input", .malformed, "output \"x\" is an input or an initializer of the graph already"),
    Case("bad_initializer_twice", .malformed, "tensor \"w\": expected every value to be made once"),
    Case("bad_initializer_unnamed", .malformed, "expected a name for every input, output and initializer"),
    Case("bad_no_input", .malformed, "expected at least one input of the graph, found none"),
    Case("bad_no_output", .malformed, "expected at least one output of the graph, found none"),
    Case("bad_no_node_output", .malformed, "node 1 \"the Relu\" (Relu): expected at least one output, found none"),
    Case("bad_arity", .malformed, "(Relu): expected 1 inputs, found 2"),
    Case("bad_required_input", .malformed, "(Add): expected 2 inputs, found 1"),
    Case("bad_negative_dims", .malformed, "tensor \"w\": axis 0: expected an extent of at least 0, found -1"),
    Case("bad_huge_dims", .malformed, "tensor \"w\": extents [1099511627776, 1099511627776] are too large"),
    Case("bad_empty_huge_dims", .malformed, "are too large"),
    Case("bad_many_dims", .malformed, "tensor \"w\":"),
    Case("bad_count", .malformed, "tensor \"w\": expected 3 elements, found 2"),
    Case("bad_raw_count", .malformed, "tensor \"w\": expected 4 bytes for 1 elements, found 7"),
    Case("bad_type", .malformed, "tensor \"w\": expected a type of element, found none"),
    Case("bad_range", .malformed, "an element does not fit"),
    Case("bad_uint64", .malformed, "an element does not fit"),
    Case("bad_input_extent", .malformed, "tensor \"x\": axis 1: expected an extent of at least 1, found -1"),
    Case("bad_input_extents", .malformed, "tensor \"x\": extents [1099511627776, 1099511627776] are too large"),
    Case("bad_attribute_twice", .malformed, "attribute \"alpha\": expected this attribute once"),
    Case("bad_attribute_untyped", .malformed, "attribute \"alpha\": expected a type of the attribute"),
    Case("bad_attribute_type", .malformed, "attribute \"alpha\": expected a float, found an integer"),
    Case("bad_constant", .malformed, "expected one attribute that holds the value, found 0"),
    Case(
      "unknown_operator", .unsupported, "node 0 \"the Frobnicate\" (Frobnicate): operator Frobnicate of operator set 17"
    ),
    Case("unknown_attribute", .unsupported, "node 0 \"the Elu\" (Elu): attribute \"beta\": operator set 17 has"),
    Case("unknown_domain", .unsupported, "(Gelu): operators of the domain \"com.microsoft\""),
    Case("unknown_opset_8", .unsupported, "expected operator set 9 to 21, found 8"),
    Case("unknown_opset_22", .unsupported, "expected operator set 9 to 21, found 22"),
    Case("unknown_subgraph", .unsupported, "(Elu): attribute \"body\": subgraphs are not implemented"),
    Case("unknown_string", .unsupported, "tensor \"w\": elements of type string"),
    Case("unknown_input_type", .unsupported, "tensor \"x\": expected an input of floats, found int64"),
    Case("unknown_constant", .unsupported, "(Constant): attribute \"value_string\""),
    Case("unknown_several", .unsupported, "operator Frobnicate"),
    Case("external_parent", .malformed, "must lie in the model's folder, found \"../onnx/weights.bin\""),
    Case("external_inner_parent", .malformed, "must lie in the model's folder"),
    Case("external_absolute", .malformed, "must lie in the model's folder, found \"/dev/zero\""),
    Case("external_folder", .malformed, "must lie in the model's folder"),
    Case("external_missing", .unreadable, "tensor \"w\": cannot read the external data \"nothing.bin\""),
    Case("external_no_location", .malformed, "expected a location of the external data"),
    Case("external_past_end", .malformed, "expected 12 bytes from byte 16 of \"weights.bin\", found 8"),
    Case("external_offset_past_end", .malformed, "external data starts at byte 25 of \"weights.bin\", which has 24"),
    Case("external_negative", .malformed, "expected a number of bytes as the external data's offset, found \"-8\""),
    Case("external_huge", .malformed, "external data starts at byte 9223372036854775807"),
    Case("external_wrong_length", .malformed, "expected 12 bytes for 3 elements, found 8"),
    Case("external_wrong_dims", .malformed, "expected 16 bytes for 4 elements, found 12"),
  ]

  @Test(arguments: cases)
  func faultIsNamed(_ expected: Case) {
    let path = Golden.path(expected.file)
    let error = #expect(throws: EngineError.self) { try ONNXModel(contentsOf: path) }
    #expect(error?.code == expected.code)
    let text = error?.description ?? ""
    #expect(text.hasPrefix("\(path): "), "\(text)")
    #expect(text.contains(expected.message), "\(text)")
  }

  @Test func everyFaultyFileIsExpected() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Golden.folder.path)
    let faulty = files.filter { $0.hasPrefix("bad_") || $0.hasPrefix("unknown_") }
    #expect(Set(faulty) == Set(Self.cases.map { "\($0.file).onnx" }.filter { !$0.hasPrefix("external") }))
  }

  @Test func aMissingFileIsUnreadable() {
    let error = #expect(throws: EngineError.self) { try ONNXModel(contentsOf: Golden.path("not there")) }
    #expect(error?.code == .unreadable)
  }

  @Test func aFolderIsUnreadable() {
    let error = #expect(throws: EngineError.self) { try ONNXModel(contentsOf: Golden.folder.path) }
    #expect(error?.code == .unreadable)
  }

  @Test(arguments: ["", "not a protobuf", "{\"graph\": 1}"])
  func otherBytesAreMalformed(_ text: String) {
    let error = #expect(throws: EngineError.self) { try ONNXModel(bytes: Data(text.utf8)) }
    #expect(error?.code == .malformed)
  }
}
