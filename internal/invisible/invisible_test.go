package invisible

import (
	"slices"
	"testing"
	"unicode"
)

func TestEvery(t *testing.T) {
	marks := []rune{0x061c, 0x200e, 0x200f}
	turns := []rune{0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206b, 0x206c, 0x206d, 0x206e, 0x206f}
	others := []rune{
		0x00ad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180c, 0x180d, 0x180e, 0x180f, 0x200b, 0x200c, 0x200d,
		0x2028, 0x2029, 0x2060, 0x2064, 0x2065, 0x3164, 0xe000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff0, 0xfff9, 0xfffb,
		0x110bd, 0x1bca0, 0x1d173, 0xe0001, 0xe0020, 0xe0100, 0xe0fff, 0xf0000, 0x10fffd,
	}
	for r := range rune(unicode.MaxRune + 1) {
		mark, turn := slices.Contains(marks, r), slices.Contains(turns, r)
		if Direction(r) != (mark || turn) || Turns(r) != turn {
			t.Errorf("%U: direction %t, turns %t", r, Direction(r), Turns(r))
		}
		if Direction(r) && !Any(r) || r < 0x7f && Any(r) || Any(r) && (unicode.IsDigit(r) || unicode.IsPunct(r)) {
			t.Errorf("%U: any %t", r, Any(r))
		}
	}
	for _, r := range others {
		if !Any(r) {
			t.Errorf("%U is seen", r)
		}
	}
	for _, r := range "aZ09 \t\n\u00a0\u0085é\u0301\u2003漢字שלוםعربي\U0001f600" {
		if Any(r) || Direction(r) {
			t.Errorf("%U isn't seen", r)
		}
	}
}
