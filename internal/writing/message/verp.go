package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"strings"
)

// MaxBounceLocal bounds the local part of an envelope sender. RFC 5321 allows
// 64 octets; sites that add something of their own for a bounce need room.
const MaxBounceLocal = 40

const (
	macSize = 6 // octets of a bounce token's MAC
	// maxToken is a token's length: at most 8 octets of numbers and the MAC.
	maxToken = 23
	// MaxVERPTag is what a bounce token and the "+" before it leave.
	MaxVERPTag = MaxBounceLocal - 1 - maxToken
)

// Bounds of what a bounce token can name.
const (
	maxShard      = 1<<21 - 1
	maxIndex      = 1<<21 - 1
	maxGeneration = 1<<14 - 1
)

// sealBounce names the place of a recipient in a run: it says which recipient
// a bounce is about, and only who has the key can make one.
func sealBounce(mac hash.Hash, shard, index, generation int) string {
	var room [128]byte
	place := binary.AppendUvarint(room[:0], uint64(shard))
	place = binary.AppendUvarint(place, uint64(index))
	place = binary.AppendUvarint(place, uint64(generation))
	return token.EncodeToString(append(place, bounceMAC(mac, place)...))
}

func bounceMAC(mac hash.Hash, place []byte) []byte {
	mac.Write([]byte("crier bounce v1\x00"))
	mac.Write(place)
	return mac.Sum(nil)[:macSize]
}

// OpenBounce reads the token of an envelope sender (what is between "+" and
// "@") that was made with this run's key. ok is false for any other.
func OpenBounce(key []byte, text string) (shard, index, generation int, ok bool) {
	raw, err := token.DecodeString(strings.ToLower(text))
	if err != nil || len(raw) <= macSize {
		return 0, 0, 0, false
	}
	place, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(mac, bounceMAC(hmac.New(sha256.New, key), place)) {
		return 0, 0, 0, false
	}
	var out [3]int
	for i := range out {
		v, n := binary.Uvarint(place)
		if n <= 0 {
			return 0, 0, 0, false
		}
		out[i], place = int(v), place[n:]
	}
	return out[0], out[1], out[2], true
}
