package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each odd word, in a sentence that we had or could have had, and a sentence
// beside it that only looks like it.
func TestEveryOddWordIsFoundAndNothingElse(t *testing.T) {
	for _, test := range []struct{ odd, fine string }{
		{"Nothing has been sent; mend it in place.", "A typo is amended; a commendable recommendation."},
		{"Suppressions of scope Global are heeded.", "Heedlessness is worse."},
		{"this is no mail sink", "there is no list, and it is no longer than 3. There\nis no default"},
		{`"x" is no language`, "There is no subscriber."},
		{"attributes are no field", "there are no files; they are no more than 3"},
		{"Choose another, or leave auth away.", "leave the list; go away"},
		{"auth is left away", "auth is left out"},
		{"somebody of whom the filter is false", "those for whom it is false"},
		{"whom nobody can know", "whom the list reaches"},
		{"nobody knows whether it arrived", "somebody knows whether it arrived"},
		{"a set, be it an excluded one", "it can be its own; to be item 3"},
		{"the list that he is on", "the help that the header has"},
		{"show it to him", "the rhythm of a shimmer"},
		{"a server of his own", "this and its history"},
		{"The relay takes nothing since noon.", "it takes nothingness"},
		{"2 more for want of an attribute", "people want attributes"},
		{"Work is gone on with after 5 seconds.", "Work goes on without it."},
		{"refused for good", "for goodness"},
		{"lives for ever", "lives forever"},
		{"the row counts all the same", "they are all the same size"},
		{"not a mail address", "not a valid email address"},
		{"3 objects of Crier", "objects of criers"},
		{"Who is suppressed is left out.", "Who is suppressed?"},
		{"It waits. Who lacks it gets nothing.", "The list says who is on it."},
		{"a misspelt field", "a misspelled field"},
		{"a time-out", "a timeout; the time-outer"},
		{"its behaviour", "its behavior"},
		{"a colour", "a color"},
		{"it is honoured", "it is honored"},
		{"a labelled Secret", "a labeled Secret"},
		{"while dialling", "while dialing"},
		{"a licence", "a license"},
		{"it is recognised", "recognized; exercised; promised"},
		{"%d recipients get it", "%s get it; %d octets"},
	} {
		if finds := search(test.odd, true); len(finds) == 0 {
			t.Errorf("%q: nothing was found", test.odd)
		}
		for _, f := range search(test.fine, true) {
			t.Errorf("%q: found %q, which is fine", test.fine, f.text)
		}
	}
}

// Every entry of the table is in the test above, so that none can rot.
func TestEveryEntryOfTheTableFindsSomething(t *testing.T) {
	src, err := os.ReadFile("main_test.go")
	if err != nil {
		t.Fatal(err)
	}
	passages, err := literals("main_test.go", src, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range oddities {
		found := false
		for _, p := range passages {
			for _, f := range search(p.text, true) {
				found = found || f.better == o.better
			}
		}
		if !found {
			t.Errorf("nothing in this test has %s", o.pattern)
		}
	}
}

// Figures of tools of ours may be plain.
func TestFiguresAreOnlyForTheProduct(t *testing.T) {
	if finds := search("%d recipients", false); len(finds) > 0 {
		t.Errorf("found %v", finds)
	}
}

func TestCodeInAPageIsNotProse(t *testing.T) {
	page := "Text with `mend` and [a link](mend.md).\n\n```sh\nmend it\n```\n\n    heed it\n\n- one\n- his own\n\nIt ends\nfor good.\n"
	var got []string
	for _, p := range markdown(page) {
		for _, f := range search(p.text, false) {
			line := p.line + strings.Count(p.text[:f.at], "\n")
			got = append(got, f.text+" in line "+string(rune('0'+line%10)))
		}
	}
	want := "his in line 0, for good in line 3"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("found %s, want %s", s, want)
	}
}

// What people can't read is left alone: identifiers, comments, struct tags,
// single words, and generated files.
func TestOnlyWhatPeopleReadIsLookedAt(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code := "package a\n\n// mend this.\nvar mend = \"mend\"\n\ntype t struct {\n\tA string `json:\"a\" doc:\"to mend\"`\n}\n"
	write("internal/a/a.go", code+"\nvar s = \"mend it here\"\n")
	write("internal/a/a_test.go", code+"\nvar s = \"mend it in a test\"\n")
	write("api/v1alpha1/types.go", "package v1alpha1\n\n// A is mended by itself.\ntype A int\n")
	write("api/v1alpha1/zz_generated.go", "package v1alpha1\n\n// A is mended by itself.\ntype A int\n")
	write("charts/c/values.yaml", "# heeded\nmend: heed\n")
	write("charts/c/templates/NOTES.txt", "Mend it.\n")
	write("bin/README.md", "mend\n")
	write("docs/api-reference.md", "mend\n")
	write("README.md", "mend\n")
	var out bytes.Buffer
	n, err := look(root, &out)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"README.md:1:", "api/v1alpha1/types.go:3:", "charts/c/templates/NOTES.txt:1:", "charts/c/values.yaml:1:", "internal/a/a.go:10:"}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if n != len(want) || len(lines) != len(want) {
		t.Fatalf("%d finds, want %d:\n%s", n, len(want), out.String())
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%q, want %q", line, want[i])
		}
	}
}
