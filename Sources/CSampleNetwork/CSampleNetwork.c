#include "CSampleNetwork.h"

// The compiler knows #embed under every standard and warns only because SwiftPM's default is older than C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char network[] = {
#embed "../../Samples/abdomen/abdomen.onnx"
};

static const unsigned char card[] = {
#embed "../../Samples/abdomen/abdomen.json"
};

const unsigned char *const csample_network = network;
const size_t csample_network_length = sizeof network;

const unsigned char *const csample_card = card;
const size_t csample_card_length = sizeof card;
