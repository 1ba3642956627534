import VoxFormats
import VoxGrid
import VoxRender

/// `html`: a page for any browser that needs no other file and no server.
struct HTMLProduct: Product {
  let name = "html"
  let summary = "report.html: slices to leaf through, pictures, tables and provenance on one page"
  let needs: Set<Ingredient> = [.attributions]
  let usesStatistics = true
  let file: String? = "report.html"

  func begin(_ results: CaseResults, in directory: AtomicDirectory) throws -> any ProductWriter {
    Writer(results: results, directory: directory, viewer: try SliceViewer(results.image, results.display.window))
  }

  private struct Writer: ProductWriter {
    let results: CaseResults
    let directory: AtomicDirectory
    var viewer: SliceViewer
    var montages: [ReportPage.Montage] = []

    mutating func add(_ explanation: Explanation) throws {
      try viewer.add(explanation, of: results)
      let picture = PNGProduct.montage(explanation, of: results)
      let file = try PNGWriter.encode(picture.rgb, width: picture.width, height: picture.height)
      montages.append(.init(title: explanation.title, png: file, width: picture.width, height: picture.height))
    }

    func finish(_ summary: CaseSummary) throws {
      let page = ReportPage(results: results, summary: summary, viewer: viewer, montages: montages)
      try directory.write(page.html, as: "report.html")
    }
  }
}
