package message

import (
	"encoding/base32"
	"encoding/binary"
	"hash"
)

// KeySize is the length of Frozen.Key in octets.
const KeySize = 32

const idSize = 20 // octets of a Message-ID's token: 160 bits, 32 characters

// token is lower case and survives systems that fold the case of local parts.
var token = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// identity is the same for one recipient in every retry of one generation, and
// can't be guessed or turned back into an address without the key. mac is the
// HMAC-SHA256 under the key of the run.
func identity(mac hash.Hash, generation int, addressKey string) string {
	var room [128]byte
	text := append(room[:0], "crier message-id v1\x00"...)
	text = binary.BigEndian.AppendUint64(text, uint64(generation))
	mac.Write(append(text, addressKey...))
	return token.EncodeToString(mac.Sum(room[:0])[:idSize])
}
