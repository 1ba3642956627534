import _VoxReference

extension OperatorCase {
  static let convolutions: [OperatorCase] = [
    OperatorCase(
      "Conv", "1 to 16 channels, kernel 3", [1, 1, 6, 5, 7], inputs: [.x, .literal([16, 1, 3, 3, 3]), .literal([16])],
      ["kernel_shape": [3, 3, 3], "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "16 to 16 channels, kernel 3", [1, 16, 5, 4, 6],
      inputs: [.x, .literal([16, 16, 3, 3, 3]), .literal([16])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "17 to 17 channels, padded", [1, 17, 6, 5, 20],
      inputs: [.x, .literal([17, 17, 3, 3, 3]), .literal([17])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "8 to 33 channels, odd extents", [1, 8, 7, 9, 5],
      inputs: [.x, .literal([33, 8, 3, 3, 3]), .literal([33])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "35 to 70 channels, no pads", [1, 35, 8, 9, 10], inputs: [.x, .literal([70, 35, 3, 3, 3])]),
    OperatorCase(
      "Conv", "24 to 3 channels, unequal pads", [1, 24, 7, 6, 8],
      inputs: [.x, .literal([3, 24, 3, 3, 3]), .literal([3])], ["pads": [0, 2, 1, 2, 0, 1]]),
    OperatorCase(
      "Conv", "24 to 2 channels, 19 rows", [1, 24, 3, 19, 18],
      inputs: [.x, .literal([2, 24, 3, 3, 3]), .literal([2])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "8 to 3 channels, one block", [1, 8, 4, 18, 7],
      inputs: [.x, .literal([3, 8, 3, 3, 3]), .literal([3])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "2 to 24 channels, unequal pads, long rows", [1, 2, 5, 4, 37], inputs: [.x, .literal([24, 2, 3, 3, 3])],
      ["pads": .integers([1, 0, 2, 0, 1, 1])]),
    OperatorCase(
      "Conv", "16 to 16 channels, kernel 3, 144 tiles", [1, 16, 24, 2, 23],
      inputs: [.x, .literal([16, 16, 3, 3, 3]), .literal([16])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "17 to 33 channels in long tiles", [1, 17, 12, 12, 16],
      inputs: [.x, .literal([33, 17, 3, 3, 3]), .literal([33])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "48 to 16 channels in long tiles, unequal pads", [1, 48, 6, 7, 43],
      inputs: [.x, .literal([16, 48, 3, 3, 3]), .literal([16])], ["pads": [0, 2, 1, 2, 0, 0]]),
    OperatorCase(
      "Conv", "17 to 33 channels in large tiles", [1, 17, 24, 16, 20],
      inputs: [.x, .literal([33, 17, 3, 3, 3]), .literal([33])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "24 to 17 channels in large tiles, unequal pads", [1, 24, 20, 21, 23],
      inputs: [.x, .literal([17, 24, 3, 3, 3]), .literal([17])], ["pads": [0, 2, 1, 2, 0, 0]]),
    OperatorCase(
      "Conv", "17 to 12 channels in largest tiles", [1, 17, 24, 24, 30],
      inputs: [.x, .literal([12, 17, 3, 3, 3]), .literal([12])], ["pads": [1, 1, 1, 1, 1, 1]],
      gradientTolerance: 3e-5),
    OperatorCase(
      "Conv", "33 to 12 channels in largest tiles, unequal pads", [1, 33, 24, 30, 29],
      inputs: [.x, .literal([12, 33, 3, 3, 3]), .literal([12])], ["pads": [0, 2, 1, 2, 0, 0]],
      gradientTolerance: 3e-5),
    OperatorCase(
      "Conv", "232 to 232 channels, filters beyond caches", [1, 232, 3, 4, 14],
      inputs: [.x, .literal([232, 232, 3, 3, 3]), .literal([232])], ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "17 to 17 channels in rows", [1, 17, 5, 6, 31],
      inputs: [.x, .literal([17, 17, 3, 3, 3]), .literal([17])],
      ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "5 to 22 channels in rows, unequal pads", [1, 5, 7, 6, 60], inputs: [.x, .literal([22, 5, 3, 3, 3])],
      ["pads": [0, 2, 1, 2, 0, 1]]),
    OperatorCase(
      "Conv", "1 to 20 channels, rows halved", [1, 1, 5, 6, 65],
      inputs: [.x, .literal([20, 1, 3, 3, 3]), .literal([20])],
      ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "5 to 35 channels, rows halved, unequal pads", [1, 5, 6, 5, 96],
      inputs: [.x, .literal([35, 5, 3, 3, 3])],
      ["strides": [2, 2, 2], "pads": [0, 1, 1, 1, 0, 2]]),
    OperatorCase(
      "Conv", "24 to 16 channels, blocks halved, unequal pads", [1, 24, 5, 6, 41],
      inputs: [.x, .literal([16, 24, 3, 3, 3]), .literal([16])],
      ["strides": [2, 2, 2], "pads": [0, 1, 1, 1, 0, 2]]),
    OperatorCase(
      "Conv", "24 to 40 channels, halved in tiles", [1, 24, 11, 16, 31],
      inputs: [.x, .literal([40, 24, 3, 3, 3]), .literal([40])],
      ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "16 to 24 channels, halved in tiles, unequal pads", [1, 16, 12, 16, 33],
      inputs: [.x, .literal([24, 16, 3, 3, 3])], ["strides": [2, 2, 2], "pads": [0, 1, 0, 1, 0, 1]]),
    OperatorCase(
      "Conv", "20 to 18 channels, stride 2", [1, 20, 5, 6, 7], inputs: [.x, .literal([18, 20, 3, 3, 3])],
      ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "17 to 30 channels, kernel 3, no bias", [1, 17, 4, 5, 3], inputs: [.x, .literal([30, 17, 3, 3, 3])],
      ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "30 to 18 channels, kernel 1", [1, 30, 3, 5, 4],
      inputs: [.x, .literal([18, 30, 1, 1, 1]), .literal([18])]),
    OperatorCase(
      "Conv", "48 to 3 channels, kernel 1", [1, 48, 3, 5, 19],
      inputs: [.x, .literal([3, 48, 1, 1, 1]), .literal([3])]),
    OperatorCase(
      "Conv", "2 to 40 channels, kernel 1", [1, 2, 6, 5, 9],
      inputs: [.x, .literal([40, 2, 1, 1, 1]), .literal([40])]),
    OperatorCase(
      "Conv", "30 to 96 channels in patches", [1, 30, 4, 6, 46],
      inputs: [.x, .literal([96, 30, 2, 2, 2]), .literal([96])], ["strides": [2, 2, 2]]),
    OperatorCase(
      "Conv", "3 to 48 channels in unequal patches", [1, 3, 2, 8, 27], inputs: [.x, .literal([48, 3, 1, 4, 3])],
      ["strides": [1, 4, 3]]),
    OperatorCase(
      "Conv", "3 to 16 channels in patches of 16", [1, 3, 1, 2, 240], inputs: [.x, .literal([16, 3, 1, 1, 16])],
      ["strides": [1, 1, 16]]),
    OperatorCase(
      "Conv", "16 to 17 channels, stride 2, dilation 2, kernel 2", [1, 16, 4, 6, 4],
      inputs: [.x, .literal([17, 16, 2, 2, 2])],
      ["strides": [2, 2, 2], "dilations": [2, 2, 2], "pads": [0, 0, 0, 1, 1, 1]]),
    OperatorCase(
      "Conv", "8 to 3 channels, kernel 3, no pads", [1, 8, 5, 6, 4], inputs: [.x, .literal([3, 8, 3, 3, 3])]),
    OperatorCase(
      "Conv", "stride 2, odd extents", [1, 8, 7, 5, 9], inputs: [.x, .literal([16, 8, 3, 3, 3]), .literal([16])],
      ["pads": [1, 1, 1, 1, 1, 1], "strides": [2, 2, 2]]),
    OperatorCase(
      "Conv", "stride 2, even extents, kernel 2", [1, 3, 6, 4, 8],
      inputs: [.x, .literal([17, 3, 2, 2, 2]), .literal([17])],
      ["strides": [2, 2, 2]]),
    OperatorCase(
      "Conv", "unequal kernel, strides and pads", [1, 3, 7, 6, 8],
      inputs: [.x, .literal([8, 3, 1, 3, 5]), .literal([8])],
      ["strides": [1, 2, 3], "pads": [0, 2, 1, 0, 1, 3]]),
    OperatorCase(
      "Conv", "dilated by 2", [1, 8, 7, 6, 8], inputs: [.x, .literal([8, 8, 3, 3, 3]), .literal([8])],
      ["dilations": [2, 2, 2], "pads": [2, 2, 2, 2, 2, 2]]),
    OperatorCase(
      "Conv", "17 to 20 channels dilated by 4, 1 and 3, unequal pads", [1, 17, 9, 8, 19],
      inputs: [.x, .literal([20, 17, 3, 3, 3]), .literal([20])],
      ["dilations": [4, 1, 3], "pads": [3, 0, 6, 8, 1, 2]]),
    OperatorCase(
      "Conv", "17 to 12 channels dilated by 2, 2 and 1, largest tiles", [1, 17, 16, 46, 30],
      inputs: [.x, .literal([12, 17, 3, 3, 3]), .literal([12])],
      ["pads": [2, 2, 1, 2, 2, 1], "dilations": [2, 2, 1]], gradientTolerance: 3e-5),
    OperatorCase(
      "Conv", "24 to 17 channels dilated by 2, large tiles", [1, 24, 16, 23, 24],
      inputs: [.x, .literal([17, 24, 3, 3, 3])], ["dilations": [2, 2, 2], "pads": [2, 2, 2, 2, 2, 2]]),
    OperatorCase(
      "Conv", "16 to 17 channels dilated by half the extents", [1, 16, 12, 6, 9],
      inputs: [.x, .literal([17, 16, 3, 3, 3])], ["dilations": [6, 3, 5], "pads": [6, 3, 5, 6, 3, 5]]),
    OperatorCase(
      "Conv", "17 to 16 channels, dilation of most of the extents", [1, 17, 9, 8, 9],
      inputs: [.x, .literal([16, 17, 3, 3, 3])], ["dilations": [7, 7, 7], "pads": [7, 7, 7, 7, 7, 7]]),
    OperatorCase(
      "Conv", "dilation beyond the extents", [1, 3, 5, 6, 4], inputs: [.x, .literal([5, 3, 3, 3, 3]), .literal([5])],
      ["dilations": [8, 8, 8], "pads": [8, 8, 8, 8, 8, 8]]),
    OperatorCase(
      "Conv", "two groups", [1, 6, 5, 4, 6], inputs: [.x, .literal([8, 3, 3, 3, 3]), .literal([8])],
      ["group": 2, "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "depthwise, 17 channels", [1, 17, 5, 4, 6], inputs: [.x, .literal([17, 1, 3, 3, 3])],
      ["group": 17, "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "two instances", [2, 3, 4, 5, 3], inputs: [.x, .literal([8, 3, 3, 3, 3]), .literal([8])],
      ["pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "Conv", "two spatial axes", [1, 3, 7, 6], inputs: [.x, .literal([16, 3, 3, 3]), .literal([16])],
      ["pads": [1, 1, 1, 1], "strides": [2, 1]]),
    OperatorCase(
      "Conv", "one spatial axis", [1, 3, 11], inputs: [.x, .literal([8, 3, 5]), .literal([8])],
      ["pads": [2, 2]]),
    OperatorCase(
      "Conv", "automatic pads, upper", [1, 3, 7, 6, 5], inputs: [.x, .literal([8, 3, 2, 3, 4])],
      ["auto_pad": "SAME_UPPER", "strides": [1, 2, 2]]),
    OperatorCase(
      "Conv", "automatic pads, lower", [1, 3, 7, 6, 5], inputs: [.x, .literal([8, 3, 2, 3, 4])],
      ["auto_pad": "SAME_LOWER", "strides": [1, 2, 2]]),

    OperatorCase(
      "ConvTranspose", "16 to 8 channels, kernel 2, stride 2", [1, 16, 3, 4, 2],
      inputs: [.x, .literal([16, 8, 2, 2, 2]), .literal([8])], ["strides": [2, 2, 2]]),
    OperatorCase(
      "ConvTranspose", "24 to 40 channels, doubled in tiles", [1, 24, 5, 8, 16],
      inputs: [.x, .literal([24, 40, 3, 3, 3]), .literal([40])],
      ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1], "output_padding": [1, 0, 1]]),
    OperatorCase(
      "ConvTranspose", "16 to 24 channels, doubled in tiles, cut off", [1, 16, 7, 9, 22],
      inputs: [.x, .literal([16, 24, 3, 3, 3])], ["strides": [2, 2, 2], "pads": [1, 1, 1, 3, 2, 9]]),
    OperatorCase(
      "ConvTranspose", "15 to 24 channels, blocks doubled", [1, 15, 3, 2, 130],
      inputs: [.x, .literal([15, 24, 3, 3, 3]), .literal([24])],
      ["strides": [2, 2, 2], "pads": [1, 0, 1, 1, 1, 0], "output_padding": [1, 0, 1]]),
    OperatorCase(
      "ConvTranspose", "20 to 17 channels, kernel 3, stride 2", [1, 20, 3, 4, 5],
      inputs: [.x, .literal([20, 17, 3, 3, 3]), .literal([17])], ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "ConvTranspose", "20 to 17 channels in rows", [1, 20, 3, 2, 48],
      inputs: [.x, .literal([20, 17, 3, 3, 3]), .literal([17])],
      ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1], "output_padding": [1, 1, 1]]),
    OperatorCase(
      "ConvTranspose", "35 to 6 channels in rows, no pads", [1, 35, 2, 3, 34],
      inputs: [.x, .literal([35, 6, 3, 3, 3])],
      ["strides": [2, 2, 2]]),
    OperatorCase(
      "ConvTranspose", "80 to 1 channel in rows, unequal pads", [1, 80, 3, 4, 41],
      inputs: [.x, .literal([80, 1, 3, 3, 3]), .literal([1])],
      ["strides": [2, 2, 2], "pads": [1, 0, 1, 0, 1, 1], "output_padding": [0, 1, 0]]),
    OperatorCase(
      "ConvTranspose", "16 to 3 channels in long rows", [1, 16, 2, 2, 66], inputs: [.x, .literal([16, 3, 3, 3, 3])],
      ["strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1], "output_padding": [1, 1, 1]]),
    OperatorCase(
      "ConvTranspose", "16 to 6 channels in rows, cut off", [1, 16, 3, 4, 70],
      inputs: [.x, .literal([16, 6, 3, 3, 3])],
      ["strides": [2, 2, 2], "pads": [0, 1, 1, 3, 2, 60]]),
    OperatorCase(
      "ConvTranspose", "47 to 30 channels in patches", [1, 47, 3, 2, 15],
      inputs: [.x, .literal([47, 30, 2, 2, 2]), .literal([30])], ["strides": [2, 2, 2]]),
    OperatorCase(
      "ConvTranspose", "24 to 2 channels in patches of 16", [1, 24, 2, 1, 15],
      inputs: [.x, .literal([24, 2, 1, 1, 16])], ["strides": [1, 1, 16]]),
    OperatorCase(
      "ConvTranspose", "16 to 3 channels in unequal patches", [1, 16, 2, 3, 10],
      inputs: [.x, .literal([16, 3, 2, 1, 2]), .literal([3])], ["strides": [2, 1, 2]]),
    OperatorCase(
      "ConvTranspose", "17 to 30 channels, kernel 2, stride 2, no bias", [1, 17, 3, 2, 4],
      inputs: [.x, .literal([17, 30, 2, 2, 2])], ["strides": [2, 2, 2]]),
    OperatorCase(
      "ConvTranspose", "kernel 3, stride 2, output padding", [1, 8, 3, 4, 5],
      inputs: [.x, .literal([8, 16, 3, 3, 3]), .literal([16])],
      [
        "strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1],
        "output_padding": [1, 1, 1],
      ]),
    OperatorCase(
      "ConvTranspose", "output padding on one axis", [1, 3, 3, 4, 2],
      inputs: [.x, .literal([3, 5, 3, 3, 3]), .literal([5])],
      [
        "strides": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1],
        "output_padding": [0, 1, 0],
      ]),
    OperatorCase(
      "ConvTranspose", "output padding without pads", [1, 3, 3, 4, 2], inputs: [.x, .literal([3, 5, 2, 2, 2])],
      ["strides": [2, 2, 2], "output_padding": [1, 1, 1]]),
    OperatorCase(
      "ConvTranspose", "stride 1, 1 to 1 channel", [1, 1, 4, 3, 5], inputs: [.x, .literal([1, 1, 3, 3, 3])],
      ["pads": [1, 0, 1, 0, 1, 1]]),
    OperatorCase(
      "ConvTranspose", "dilation 2", [1, 3, 4, 3, 5], inputs: [.x, .literal([3, 8, 3, 3, 3]), .literal([8])],
      ["dilations": [2, 2, 2], "pads": [1, 1, 1, 1, 1, 1]]),
    OperatorCase(
      "ConvTranspose", "two groups", [1, 6, 3, 4, 2], inputs: [.x, .literal([6, 4, 2, 2, 2]), .literal([8])],
      ["group": 2, "strides": [2, 2, 2]]),
    OperatorCase(
      "ConvTranspose", "two spatial axes", [1, 3, 5, 4], inputs: [.x, .literal([3, 8, 3, 3]), .literal([8])],
      ["strides": [2, 1], "pads": [1, 1, 1, 1]]),
  ]
}
