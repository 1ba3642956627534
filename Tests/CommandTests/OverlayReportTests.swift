import Foundation
import Testing
import VoxGrid
import VoxStream
import _VoxTestSupport

/// The page `report.html`.
@Suite struct OverlayReportTests {
  private let overlay: BuiltCommand
  private let folder: TemporaryDirectory

  init() throws {
    overlay = try BuiltCommand("overlay")
    folder = try TemporaryDirectory()
  }

  private func page(named name: String, _ options: [String] = []) throws -> String {
    var header = SmallCase.header
    header.channels[2].name = name
    header.labels = LabelTable([Label(value: 0, name: "background"), Label(value: 5, name: name)])
    header.provenance = [.init(command: "explain", version: "1", options: ["--target \(name)"], notes: ["a < b"])]
    let stream = try SmallCase.stream(in: folder, header)
    let outcome = try overlay.run([stream, "-o", folder.path("out"), "--products", "html", "--force"] + options)
    #expect(outcome.status == 0, "\(outcome.standardError)")
    return try String(contentsOfFile: folder.path("out/report.html"), encoding: .utf8)
  }

  @Test("the page needs nothing from elsewhere")
  func selfContained() throws {
    let page = try page(named: "liver")
    #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
    for word in ["http:", "https:", "//cdn", "@import", "<link", "src=\"/"] {
      #expect(!page.contains(word), "\(word)")
    }
    for part in ["id=\"slices-title\"", "id=\"pictures-title\"", "id=\"statistics-title\"", "id=\"matrix-title\""] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(page.contains("Not for diagnosis"))
    // Every control has a label, and every picture a description.
    for id in ["target", "opacity"] { #expect(page.contains("<label for=\"\(id)\">")) }
    #expect(
      !page.contains("<img src") || page.components(separatedBy: "<img ").dropFirst().allSatisfy { $0.contains("alt=") }
    )
  }

  @Test("names from the stream are text, never markup")
  func escaping() throws {
    let name = "</script><img src=x onerror=alert(1)> & \"liver\""
    let page = try page(named: name)
    #expect(!page.contains("<img src=x"))
    #expect(!page.contains("</script><img"))
    #expect(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; &amp; &quot;liver&quot;"))
    #expect(page.contains("<li>a &lt; b</li>"))
    #expect(page.components(separatedBy: "</script>").count == 3)
  }

  @Test("the layers are pictures of all slices of every plane")
  func layers() throws {
    let page = try page(named: "liver")
    let start = try #require(page.range(of: "id=\"layers\">")?.upperBound)
    let json = page[start...].prefix { $0 != "<" }.replacing("\\u003C", with: "<")
    let layers = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let planes = try #require(layers["planes"] as? [[String: Any]])
    let targets = try #require(layers["targets"] as? [[String: Any]])
    #expect(planes.map { $0["name"] as? String } == ["axial", "coronal", "sagittal"])
    let overlays = try #require(targets.first?["overlays"] as? [[String]])
    for (plane, overlay) in zip(planes, overlays) {
      let images = try #require(plane["images"] as? [String])
      let places = try #require(plane["places"] as? [Double])
      #expect(images.count == overlay.count && images.count == places.count && !images.isEmpty)
      #expect(places == places.sorted() || places == places.sorted().reversed())
      for image in images + overlay {
        let bytes = Data(base64Encoded: String(image.dropFirst("data:image/png;base64,".count)))
        #expect(bytes?.starts(with: [0x89, 0x50, 0x4E, 0x47]) == true)
      }
    }
  }

  @Test("--no-provenance leaves this command out of the record", arguments: [true, false])
  func provenance(_ isKept: Bool) throws {
    let page = try page(named: "liver", isKept ? [] : ["--no-provenance"])
    #expect(page.contains("<strong>explain</strong>"))
    #expect(page.contains("<strong>overlay</strong>") == isKept)
  }
}
