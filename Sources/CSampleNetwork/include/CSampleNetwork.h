#ifndef CSAMPLENETWORK_H
#define CSAMPLENETWORK_H

#include <stddef.h>

/// The sample network and its model card: the files of Samples/abdomen as they were when the program was built.

/// Bytes of abdomen.onnx.
extern const unsigned char *const csample_network;
/// Number of bytes of abdomen.onnx.
extern const size_t csample_network_length;

/// Bytes of abdomen.json.
extern const unsigned char *const csample_card;
/// Number of bytes of abdomen.json.
extern const size_t csample_card_length;

#endif
