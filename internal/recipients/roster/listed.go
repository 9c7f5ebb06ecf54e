package roster

import "strconv"

// AppendListed appends a stored subscriber, a line, with the number of the
// list that he is reached by, from 1. What the line has of it already stays in
// front, where the last counts, as in JSON.
func AppendListed(dst, line []byte, list int) []byte {
	end := len(line)
	for end > 0 && line[end-1] != '}' {
		end--
	}
	if end == 0 {
		return append(dst, line...)
	}
	dst = append(dst, line[:end-1]...)
	dst = append(dst, `,"list":`...)
	dst = strconv.AppendInt(dst, int64(list), 10)
	return append(dst, line[end-1:]...)
}
