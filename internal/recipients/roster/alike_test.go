package roster

import (
	"strings"
	"testing"
)

func TestAlike(t *testing.T) {
	for names, want := range map[string]string{
		"":                     "",
		"agency site":          "",
		"agency agency":        "",
		"agency site Agency":   "Attributes Agency and agency differ only in letter case",
		"grade GRADE Grade xy": "Attributes GRADE, Grade and grade differ",
	} {
		if got := Alike(strings.Fields(names)); (want == "") != (got == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", names, got)
		}
	}
}

// Columns of two files, and a declaration, that differ in case are noted.
func TestAlikeIsNoted(t *testing.T) {
	c := NewCollector(Limits{})
	c.Expect(map[string]Checker{"Grade": digits{}})
	for _, file := range []string{"email,Agency,grade\na@b.example,DOR,1\n", "email,agency\nc@b.example,DOR\n"} {
		if err := c.AddCSV("f", strings.NewReader(file), Mapping{}, CSVOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	r := gather(t, c)
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0].Reason, "Agency and agency") || !strings.Contains(r.Notes[0].Reason, "Grade and grade") {
		t.Errorf("%+v", r.Notes)
	}
}

// A letter with its accent is one letter, in whatever form a file has it.
func TestValuesAreComposed(t *testing.T) {
	r := collect(t, Limits{}, Mapping{Name: "Prénom"}, CSVOptions{}, "email,pre\u0301nom,org\na@b.example,Rene\u0301,Sante\u0301\n")
	if s := r.Subscribers[0]; s.Name != "René" || s.Attributes["org"] != "Santé" {
		t.Errorf("%+v", s)
	}
}
