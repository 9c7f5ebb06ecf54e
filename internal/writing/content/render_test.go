package content

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func mustCompile(t testing.TB, src Source) *Templates {
	t.Helper()
	tpl, err := Compile(src, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

func TestRender(t *testing.T) {
	tpl := mustCompile(t, Source{
		Subject: " {{.Name}}: news\n",
		Text:    "{{with .Attributes.agency}}at {{.}} <{{end}}{{.Attributes.gone}}{{index .Attributes \"no-such\"}}|{{.Name | default \"friend\"}}|{{title .Name}}|{{if eq (len .Name) 8}}8{{end}}",
		HTML:    `<a href="https://x.example/?n={{.Name}}">{{.Name}}</a>{{.Attributes.gone}}`,
	})
	got, err := tpl.Render(Data{Name: "jo & ann", Email: "a@b.example", Attributes: map[string]string{"agency": "DOR"}})
	want := Rendered{
		Subject: "jo & ann: news",
		Text:    "at DOR <|jo & ann|Jo & Ann|8",
		HTML:    `<a href="https://x.example/?n=jo%20%26%20ann">jo &amp; ann</a>`,
	}
	if err != nil || got != want {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

func TestRefusedForOneRecipient(t *testing.T) {
	tpl := mustCompile(t, Source{Subject: "Hi {{.Name}}", Text: strings.Repeat("{{.Name}}", 100)})
	for name, reason := range map[string]string{
		"a\r\nBcc: x@y.example":         "line break",
		"a\nb":                          "line break",
		"a\rb":                          "line break",
		"a\u2028b":                      "line break",
		"a\x00b":                        "NUL",
		"a\x1bb":                        "control character",
		strings.Repeat("secret", 200):   "too large",
		strings.Repeat("x", MaxValue+1): "too long",
	} {
		out, err := tpl.Render(Data{Name: name})
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, reason) || out != (Rendered{}) {
			t.Errorf("%.20q: %v, want %q", name, err, reason)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("error shows data: %v", err)
		}
	}
	if _, err := tpl.Render(Data{Name: "Ann"}); err != nil {
		t.Errorf("the next recipient: %v", err)
	}
}

func TestBodyIsBounded(t *testing.T) {
	tpl := mustCompile(t, Source{Subject: "s", HTML: strings.Repeat("{{.Name}}", MaxActions)})
	begin := time.Now()
	_, err := tpl.Render(Data{Name: strings.Repeat("<", MaxValue)})
	var refused *Refused
	if !errors.As(err, &refused) || refused.Part != PartHTML {
		t.Errorf("%v", err)
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}

// The dearest template that is let through, on the longest values.
func TestTimeIsBounded(t *testing.T) {
	value := strings.Repeat("\u0250", MaxValue/2)
	most := max(10*time.Second, 3*changesOfCase(t, value))
	for _, body := range []string{
		"{{$x := .Name" + strings.Repeat("|upper|lower", MaxActions/2-1) + "}}y",
		"<script>" + strings.Repeat("{{if eq (upper .Name) .Email}}x{{end}}", MaxActions/4) + "</script>",
	} {
		tpl := mustCompile(t, Source{Subject: "s", HTML: body})
		begin := processorTime(t)
		if _, err := tpl.Render(Data{Name: value}); err != nil {
			t.Error(err)
		}
		if d := processorTime(t) - begin; d > most {
			t.Errorf("took %v, may take %v", d, most)
		} else {
			t.Logf("%.30s: %v", body, d)
		}
	}
}

// changesOfCase is what as many changes of case take on this machine as a
// template can ask for.
func changesOfCase(t *testing.T, value string) time.Duration {
	begin := processorTime(t)
	for range MaxActions / 2 {
		value = strings.ToLower(strings.ToUpper(value))
	}
	return processorTime(t) - begin
}

// processorTime is what this process has used: whatever else the machine does
// is not the template's fault.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func TestEmptySubjectForOneRecipient(t *testing.T) {
	tpl := mustCompile(t, Source{Subject: "{{.Attributes.topic}}", Text: "x"})
	if _, err := tpl.Render(Data{}); err == nil {
		t.Error("an empty subject is accepted")
	}
}

func TestConcurrentRender(t *testing.T) {
	tpl := mustCompile(t, Source{Subject: "{{.Name}}", Text: "{{.Name}}", HTML: "<p>{{.Name}}</p>"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if out, err := tpl.Render(Data{Name: "Ann"}); err != nil || out.HTML != "<p>Ann</p>" {
					t.Errorf("%+v, %v", out, err)
				}
			}
		})
	}
	wg.Wait()
}

// FuzzCompileRender holds that no template and no data panics or escapes the
// bounds, and that whatever compiles renders or is refused.
func FuzzCompileRender(f *testing.F) {
	for _, s := range []string{
		"{{.Name}}", `{{if eq .Name "x"}}a{{else}}b{{end}}`, "{{with .Attributes.a}}{{.}}{{end}}", "<a href='{{.Name}}'>",
		"<script>var x = {{.Name}};</script>", `{{printf "%300000000d" 1}}`, "{{range 9}}{{end}}", "{{define \"x\"}}{{end}}", "{{$x := len .Name}}{{$x}}",
	} {
		f.Add(s, "jo\r\nBcc: x", "v")
	}
	f.Fuzz(func(t *testing.T, src, name, value string) {
		for _, s := range []Source{{Subject: src, Text: "x"}, {Subject: "s", Text: src}, {Subject: "s", HTML: src}} {
			tpl, err := Compile(s, nil)
			if err != nil {
				var p Problems
				if !errors.As(err, &p) || len(p) == 0 {
					t.Fatalf("%T %v", err, err)
				}
				continue
			}
			out, err := tpl.Render(Data{Name: name, Email: "a@b.example", Attributes: map[string]string{"a": value}})
			if err != nil {
				var refused *Refused
				if !errors.As(err, &refused) || refused.Reason == "the template can't be applied to this recipient" {
					t.Fatalf("%q: %v", src, err)
				}
			}
			if strings.ContainsAny(out.Subject, "\r\n\x00") || len(out.Subject) > MaxSubject || len(out.Text) > MaxPart || len(out.HTML) > MaxPart {
				t.Fatalf("%q: %q", src, out.Subject)
			}
		}
	})
}
