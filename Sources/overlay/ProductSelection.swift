import ArgumentParser
import VoxCommand

/// The products a user wants.
struct ProductSelection: Sendable {
  /// In the order of the registry.
  let products: [any Product]
  /// Whether the user named them; one that cannot be made is then an error, not a note.
  let isExplicit: Bool

  /// What is written by default.
  static let standard = ["nifti", "labels", "stats", "matrix", "png"]

  private init(names: some Collection<String>, isExplicit: Bool) {
    products = ProductRegistry.all.filter { names.contains($0.name) }
    self.isExplicit = isExplicit
  }

  /// The default.
  static func standard(withReference: Bool) -> ProductSelection {
    ProductSelection(names: standard + (withReference ? ["sc"] : []), isExplicit: false)
  }

  /// Reads a list of names separated by commas.
  ///
  /// - Throws: `ValidationError` for a name there is no product of.
  init(parsing list: String) throws {
    let names = list.split(separator: ",").map(String.init)
    let known = ProductRegistry.names
    guard !names.isEmpty else { throw ValidationError("expected names from: \(known.joined(separator: ", ")), all") }
    for name in names where name != "all" && !known.contains(name) {
      throw ValidationError("'\(name)' is no product; available are \(known.joined(separator: ", ")), all")
    }
    // `all` is whatever the input allows.
    self.init(names: names.contains("all") ? known : names, isExplicit: !names.contains("all"))
  }

  /// Whether the user named a product.
  func names(_ product: String) -> Bool { isExplicit && products.contains { $0.name == product } }

  /// The products that can be made of what there is, and a remark on each of the others.
  ///
  /// - Throws: ``CommandError`` for one the user named that cannot be made.
  func possible(with ingredients: Set<Ingredient>) throws -> (products: [any Product], remarks: [String]) {
    var (possible, remarks): ([any Product], [String]) = ([], [])
    for product in products {
      guard let missing = Ingredient.allCases.first(where: { product.needs.contains($0) && !ingredients.contains($0) })
      else {
        possible.append(product)
        continue
      }
      let remark = "\(product.name) needs \(missing.rawValue)"
      if isExplicit {
        throw CommandError(missing == .reference ? .usage : .malformed, "\(remark); \(missing.remedy)")
      }
      remarks.append("\(remark), the input has none; it is left out")
    }
    return (possible, remarks)
  }
}
