package outcome

import "testing"

func TestNewReply(t *testing.T) {
	cases := map[string]struct {
		code  int
		lines []string
		want  Reply
	}{
		"plain":       {550, []string{"no such user"}, Reply{550, "", "no such user"}},
		"enhanced":    {550, []string{"5.1.1 no such user"}, Reply{550, "5.1.1", "no such user"}},
		"several":     {550, []string{"5.7.26 one", "5.7.26 two"}, Reply{550, "5.7.26", "one two"}},
		"wrong class": {450, []string{"5.1.1 odd"}, Reply{450, "", "5.1.1 odd"}},
		"not a code":  {550, []string{"5.1 odd"}, Reply{550, "", "5.1 odd"}},
		"an address":  {554, []string{"5.1.1.1 blocked"}, Reply{554, "", "5.1.1.1 blocked"}},
		"alone":       {550, []string{"5.1.1"}, Reply{550, "5.1.1", ""}},
		"nothing":     {550, nil, Reply{550, "", ""}},
		"of success":  {250, []string{"2.0.0 queued"}, Reply{250, "2.0.0", "queued"}},
		"no class":    {354, []string{"3.0.0 go on"}, Reply{354, "", "3.0.0 go on"}},
		"first code":  {500, []string{"5.5.1 what"}, Reply{500, "5.5.1", "what"}},
		"last code":   {599, []string{"5.0.0 what"}, Reply{599, "5.0.0", "what"}},
		"indented":    {550, []string{"  5.1.1 no such user"}, Reply{550, "5.1.1", "no such user"}},
		"no subject":  {550, []string{"5.x.1 odd"}, Reply{550, "", "5.x.1 odd"}},
		"no detail":   {550, []string{"5.1.1: odd"}, Reply{550, "", "5.1.1: odd"}},
		"long detail": {550, []string{"5.1.1234 odd"}, Reply{550, "", "5.1.1234 odd"}},
		"unclean":     {550, []string{"5.1.1 a\x1b[31m\u202e  b", " \tc"}, Reply{550, "5.1.1", "a[31m b c"}},
	}
	for name, c := range cases {
		if got := NewReply(c.code, c.lines); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestReplyAsQuoted(t *testing.T) {
	for want, reply := range map[string]Reply{
		"550 5.1.1 no such user": {550, "5.1.1", "no such user"},
		"421":                    {Code: 421},
		"connection reset":       {Text: "connection reset"},
		"":                       {},
	} {
		if got := reply.String(); got != want {
			t.Errorf("%+v: %q", reply.Text, got)
		}
	}
}
