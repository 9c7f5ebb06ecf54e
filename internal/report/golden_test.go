package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if that is meant, run the test with -update. Got:\n%s", path, got)
	}
}

func TestGolden(t *testing.T) {
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			b := s.build()
			golden(t, s.name+".summary.txt", []byte(b.Summary()))
			content, err := b.JSON()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, s.name+".json", content)
			golden(t, s.name+".csv", b.CSV())
			mail := b.Mail()
			golden(t, s.name+".mail.txt", []byte("Subject: "+mail.Subject+"\n\n"+mail.Text))
			golden(t, s.name+".mail.html", []byte(mail.HTML))
		})
	}
}
