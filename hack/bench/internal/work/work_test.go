package work

import (
	"strings"
	"testing"
)

func TestLongerIsAsLongAsAsked(t *testing.T) {
	before, after := ByHand().Content, Longer(5000, 9000).Content
	for name, c := range map[string]struct {
		before, after string
		want, line    int
	}{
		"text": {before.Text, after.Text, 5000, quoted(textLine)}, "html": {before.HTML, after.HTML, 9000, quoted(htmlLine)},
	} {
		more := quoted(c.after) - quoted(c.before)
		if more < c.want-c.line || more > c.want+c.line {
			t.Errorf("%s is %d octets longer, not %d", name, more, c.want)
		}
		if strings.Count(c.after, "{{") != strings.Count(c.before, "{{") {
			t.Errorf("%s has other actions", name)
		}
	}
}

func TestSelectCountsEverybodyOnce(t *testing.T) {
	const n = 6300
	s := Select(n)
	if s.Excluded != n/10 || s.Excluded+s.NotSelected+s.Suppressed+s.Recipients != n || s.NotSelected == 0 || s.Suppressed == 0 {
		t.Errorf("%+v", s)
	}
	if got := len(numbers(n, Excluded)); int64(got) != s.Excluded {
		t.Errorf("%d are written down as excluded, %d counted", got, s.Excluded)
	}
}
