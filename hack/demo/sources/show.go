package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crier.dev/crier/hack/e2e/harness"
)

// sampled is how many messages of each Broadcast are looked at closely.
const sampled = 5

// pick has the signatures of some messages verified, shows one, and writes it to bin for a mail
// program or a browser.
func (d *demo) pick(ctx context.Context, name string) error {
	raws, err := d.received(ctx, name)
	if err != nil {
		return err
	}
	d.Say("One of the messages, as the catcher received it")
	mail, err := harness.ParseMail(raws[0])
	if err != nil {
		return err
	}
	mail.Print(d.Out, []string{
		"From", "Reply-To", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Post", "List-Unsubscribe", "List-Unsubscribe-Post",
		"Precedence", "Auto-Submitted", "Content-Language", "Content-Type",
	}, 80)
	d.Say("The DKIM signatures of %d of them, as dkimpy of Debian sees them", len(raws))
	said, err := harness.VerifyDKIM(ctx, d.keys, raws...)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.Out, strings.Join(said, "\n"))
	const good = "rsa-sha256 good; ed25519-sha256 good"
	if slices.ContainsFunc(said, func(s string) bool { return s != good && s != "ed25519-sha256 good; rsa-sha256 good" }) {
		return errors.New("a signature isn't right")
	}
	if err := checkGuide(name, mail); err != nil {
		return err
	}
	return d.write(name, raws[0], mail)
}

// received are some messages of a Broadcast.
func (d *demo) received(ctx context.Context, name string) (raws [][]byte, err error) {
	messages, err := d.catcher.Messages(ctx, "")
	if err != nil {
		return nil, err
	}
	for i := len(messages) - 1; i >= 0 && len(raws) < sampled; i-- {
		if !d.expected.of[name][strings.ToLower(messages[i].To[0])] {
			continue // a report, say
		}
		raw, err := d.catcher.Raw(ctx, messages[i].ID)
		if err != nil {
			return nil, err
		}
		raws = append(raws, raw)
	}
	if len(raws) < sampled {
		return nil, fmt.Errorf("the catcher keeps %d messages of %s", len(raws), name)
	}
	return raws, nil
}

func checkGuide(name string, mail *harness.Mail) error {
	for _, part := range mail.Parts {
		if part.Filename == "guide.pdf" && part.Type == "application/pdf" && bytes.Equal(part.Body, guide) {
			return nil
		}
	}
	if name == staff {
		return errors.New("the attached guide isn't as it was")
	}
	return nil
}

func (d *demo) write(name string, raw []byte, mail *harness.Mail) error {
	folder := filepath.Join(d.Root, "bin", "demo-sources")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	err := os.WriteFile(filepath.Join(folder, name+".eml"), raw, 0o600)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".html"), []byte(mail.Body("text/html")), 0o600)
	}
	return err
}

// show prints what people look at afterwards.
func (d *demo) show(ctx context.Context) error {
	d.Say("Afterwards")
	for _, kinds := range []string{"subscribersets", "mailinglists", "suppressions", "broadcasts"} {
		if err := d.print(ctx, "get", kinds, "-A", "-o", "wide"); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) farewell() {
	d.Say("The cluster stays up, directory and database end. To look around:")
	key := d.key(staff)
	fmt.Fprintf(d.Out, `  export KUBECONFIG=%[1]s
  %[2]s -n %[3]s describe broadcast %[4]s
  %[2]s -n %[3]s describe subscriberset employees
      from ten minutes on, Synced is False: the directory has gone. The set stays Ready, with the
      people of its last sync
  bin/demo-sources/%[5]s.html and %[6]s.html in a browser, or the .eml files in a mail program
  make cluster-down   to take it away again
`, d.Kubeconfig(), d.KubectlPath(), key.Namespace, key.Name, staff, news)
}

// errTold says that the demo failed and told why: its last line stays the last.
var errTold = errors.New("the demo failed")

// conclude prints the last line out of what the catcher counted, and fails if Crier says
// otherwise, somebody got a message twice, or somebody who was to be left out got one.
func (d *demo) conclude(ctx context.Context, seconds float64) error {
	stats, err := d.catcher.Stats(ctx)
	if err != nil {
		return err
	}
	result, err := d.expected.compare(stats)
	if strangers := d.expected.strangers(stats, "hr@example.gov", "news@example.gov", testers[staff], testers[news]); len(strangers) > 0 {
		err = errors.Join(err, fmt.Errorf("%d addresses that have no place in the demo got something", len(strangers)))
	}
	if err != nil {
		fmt.Fprintf(d.Out, "\nThe demo FAILED:\n%v\n", err)
		err = errTold
	}
	fmt.Fprintf(d.Out, "\n%s seconds %.0f\n", result, seconds)
	return err
}
