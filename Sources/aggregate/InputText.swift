import Foundation
import VoxCommand
import VoxFormats
import VoxSegments

/// The bytes of a file, and what to call it in messages.
struct InputText {
  let name: String
  let bytes: [UInt8]

  /// Reads a whole file, gzip undone; `-` is standard input.
  ///
  /// - Throws: ``FormatError`` that names the file; with code `malformed` when it is more than 1 GiB.
  init(_ operand: String) throws {
    let source = try ByteSource.open(operand)
    name = source.name
    do { bytes = try source.rest(upTo: 1 << 30, of: "the file") } catch { throw error.inside(.file(name)) }
  }
}

extension CaseFile {
  /// Reads a case file; errors name the file.
  init(_ input: InputText) throws(SegmentError) {
    do { try self.init(parsing: Data(input.bytes)) } catch { throw error.inside(.file(input.name)) }
  }
}

extension Cohort {
  /// Reads the wide table of the Agg2Exp authors; errors name the file.
  init(agg2exp input: InputText) throws(SegmentError) {
    do throws(SegmentError) {
      guard let text = String(validating: input.bytes, as: UTF8.self) else {
        throw SegmentError(.malformed, "expected UTF-8 text, found other bytes")
      }
      try self.init(agg2exp: CSVTable(parsing: text))
    } catch { throw error.inside(.file(input.name)) }
  }
}
