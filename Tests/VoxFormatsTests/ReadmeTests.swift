import Foundation
import Testing
import VoxFormats

@Suite("README")
struct ReadmeTests {
  private static let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
    .standardized

  @Test("the table of formats is that of the registry")
  func formats() throws {
    let text = try String(contentsOf: Self.readme, encoding: .utf8)
    let begin = try #require(text.firstRange(of: "<!-- formats:"))
    let start = try #require(text[begin.upperBound...].firstRange(of: "-->\n")).upperBound
    let end = try #require(text.firstRange(of: "<!-- end of formats -->")).lowerBound
    let isCurrent = text[start..<end] == FormatRegistry.markdown
    if !isCurrent, ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] != nil {
      let renewed = text[..<start] + FormatRegistry.markdown + text[end...]
      try Data(renewed.utf8).write(to: Self.readme)
    }
    #expect(isCurrent, "the table in README.md is not current; RECORD_SNAPSHOTS=1 renews it and fails this run")
  }

  @Test("the manual names every ending that can be written")
  func manual() throws {
    let page = Self.readme.deletingLastPathComponent().appending(path: "man/ctx2nii.1")
    let text = try String(contentsOf: page, encoding: .utf8)
    for format in FormatRegistry.writable {
      for ending in format.writableExtensions { #expect(text.contains(".\(ending)"), "\(ending) is missing") }
    }
  }
}
