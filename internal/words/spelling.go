package words

import "strings"

// Far is what Edits says of names that are longer than that, in octets: it
// bounds the work of comparing two of them.
const Far = 64

// Edits is how many octets tell a from b (Levenshtein), whatever their letter
// case; Far if one of them is too long to be compared.
func Edits(a, b string) int {
	if len(a) > Far || len(b) > Far {
		return Far
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
