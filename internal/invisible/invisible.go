// Package invisible is the one list of characters that nobody sees and that
// change what is seen: who must not take one in asks here.
package invisible

import "unicode"

// shapes are the deprecated controls of shaping and of swapping (The Unicode
// Standard, section 23.3): they belong to bidirectional text as well.
var shapes = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x206a, Hi: 0x206f, Stride: 1}}}

// Direction says whether a character has a part in the direction of writing
// without being seen (Bidi_Control of UAX #9, U+061C, U+200E and U+200F among
// them): with one, "exe.fdp" can be shown as "pdf.exe".
func Direction(r rune) bool {
	return r >= 0x61c && unicode.In(r, unicode.Bidi_Control, shapes)
}

// Turns says whether a character turns the direction of what follows it:
// embeddings, overrides and isolates (UAX #9, sections 2.1 to 2.4). Unlike the
// marks of section 2.6 nobody needs one to write Arabic or Hebrew.
func Turns(r rune) bool {
	return Direction(r) && r != 0x61c && r != 0x200e && r != 0x200f
}

// Any says whether a character can't be seen at all: formats (Cf: those of
// Direction, zero widths, joiners, tags), fillers and selectors
// (Default_Ignorable_Code_Point of DerivedCoreProperties), separators of lines
// and paragraphs, and private use, which every font shows differently.
// Control characters (Cc) and blanks are not among them.
func Any(r rune) bool {
	return r >= 0xa0 && unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
		unicode.Zl, unicode.Zp, unicode.Co)
}
