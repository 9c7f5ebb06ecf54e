package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/client/declared"
	"crier.dev/crier/internal/client/manifest"
	"crier.dev/crier/internal/client/preview"
	"crier.dev/crier/internal/client/terminal"
	"crier.dev/crier/internal/recipients/address"
)

type previewFlags struct {
	cluster clusterFlags
	files   []string
	person  preview.Person
	// operator is Crier's own namespace.
	operator string

	text, eml, html, open bool

	stdin io.Reader
	notes io.Writer
}

// world finds a Broadcast, and what its message is made of.
type world func(ctx context.Context, name string) (*declared.World, *crier.Broadcast, error)

func newPreviewCommand(now func() time.Time, open func(path string) error) *cobra.Command {
	var f previewFlags
	cmd := &cobra.Command{
		Use:   "preview [BROADCAST]",
		Short: "Show the message of a Broadcast for one subscriber",
		Long: `Show the message of a Broadcast for one subscriber, exactly as it would be
written, but without a signature. Nothing is sent and nothing is changed.

With -f it is made of files, without a cluster. Otherwise it is read from the
cluster of your kubeconfig: the Broadcast, its lists, its template, and the
ConfigMaps that it uses. The subscriber is the first one who gets it, or the one
of --as, if inline entries or ConfigMaps have them; you can't read the rosters
themselves, so otherwise name and attributes are made up. Standard error says
what is made up, and what can't be read. --set gives attributes.

Exit code 0: there is a message; 1: there is none, or it wouldn't be sent: to
anybody, for the reason that the Broadcast would have, or to this subscriber,
who is excluded, not selected or suppressed; 2: it couldn't be looked at.`,
		Example: `  crier preview -f broadcasts/ enrollment
  crier preview enrollment -n hr --as ann.lee@example.gov
  crier preview enrollment -n hr --set agency=Parks --open
  crier preview -f enrollment.yaml --eml > enrollment.eml`,
		Args: wantArgs(0, 1, "name one Broadcast"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPreview(cmd, f, strings.Join(args, ""), now(), open)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return f.names(cmd.Context()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	flags := cmd.Flags()
	f.cluster.add(flags)
	flags.StringSliceVarP(&f.files, "filename", "f", nil, "files or folders to read instead of a cluster; - for standard input")
	flags.StringVar(&f.person.As, "as", "", "address of the subscriber; the first of the audience unless given")
	flags.StringVar(&f.person.Name, "name", "", "name of the subscriber")
	flags.StringToStringVar(&f.person.Set, "set", nil, "attributes of the subscriber, name=value")
	flags.StringVar(&f.operator, "crier-namespace", "crier-system", "namespace of Crier itself, where Suppressions of scope Global count")
	flags.BoolVar(&f.text, "text", false, "show header and text part; the default")
	flags.BoolVar(&f.html, "html", false, "write the HTML part")
	flags.BoolVar(&f.eml, "eml", false, "write the whole message, unsigned, as mail programs open it")
	flags.BoolVar(&f.open, "open", false, "open the HTML part in the browser of this machine")
	_ = cmd.RegisterFlagCompletionFunc("filename", completeManifests)
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func (f previewFlags) world() world {
	if len(f.files) > 0 {
		return f.fromFiles
	}
	return f.fromCluster
}

func runPreview(cmd *cobra.Command, f previewFlags, name string, now time.Time, open func(string) error) error {
	if several(f.text, f.html, f.eml, f.open) {
		return usage("give one of --text, --html, --eml and --open")
	}
	if f.person.As != "" {
		if _, err := address.Parse(f.person.As); err != nil {
			return usage("--as: this isn't a valid email address: %v", err)
		}
	}
	stderr := cmd.ErrOrStderr()
	f.stdin, f.notes = cmd.InOrStdin(), stderr
	w, b, err := f.world()(cmd.Context(), name)
	if err != nil {
		return err
	}
	w.Now, w.Operator = now, f.operator
	facts, gaps := w.Facts(b)
	for _, gap := range gaps {
		note(stderr, gap.String())
	}
	if declared.ChangesMessage(gaps) {
		note(stderr, "the message hash differs from the one in the cluster, where everything is known")
	}
	if declared.TemplateMissing(gaps) {
		return exit{fmt.Errorf("%s: there is no MessageTemplate %s", crier.ReasonTemplateNotFound, terminal.Line(b.Spec.Content.TemplateRef.Name)), exitProblems}
	}
	to, notes := preview.Recipient(w, facts, f.person)
	for _, n := range notes {
		note(stderr, n)
	}
	p, err := preview.Make(facts, to, now)
	if p != nil {
		if err := f.show(cmd.OutOrStdout(), stderr, p, open); err != nil {
			return err
		}
	}
	var problem *preview.Problem
	if err != nil && !errors.As(err, &problem) {
		return err
	}
	return unsent(preview.Check(w, facts, f.person), problem)
}

// unsent says why nothing would be sent; nil if something would be.
func unsent(problems ...*preview.Problem) error {
	var lines []string
	for _, p := range problems {
		if p != nil {
			lines = append(lines, terminal.Text(p.Error()))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return exit{errors.New(strings.Join(lines, "\n")), exitProblems}
}

func several(flags ...bool) bool {
	n := 0
	for _, set := range flags {
		if set {
			n++
		}
	}
	return n > 1
}

func note(w io.Writer, text string) { fmt.Fprintf(w, "crier: %s\n", terminal.Line(text)) }

// notSent is what a message can't have before it is sent.
const notSent = "this message has no signature (DKIM); its Message-ID, Date, boundaries and envelope sender, " +
	"and the UID, SEQUENCE and DTSTAMP of an event, are others when it is sent; everything else is what is sent"

// show writes the form that was asked for.
func (f previewFlags) show(out, stderr io.Writer, p *preview.Preview, open func(string) error) (err error) {
	switch {
	case f.eml:
		note(stderr, notSent)
		_, err = out.Write(p.Data)
	case f.html && p.HTML != "":
		_, err = io.WriteString(out, p.HTML)
	case f.open && p.HTML != "":
		return openPage(stderr, p.Page(), open)
	case f.html, f.open:
		return exit{errors.New("the message has no HTML part"), exitProblems}
	default:
		err = p.WriteText(out)
	}
	if err != nil {
		return exit{err, exitUsage}
	}
	return nil
}

// names are the Broadcasts that a name can be completed to.
func (f previewFlags) names(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	if len(f.files) > 0 {
		if slices.Contains(f.files, manifest.Stdin) {
			return nil
		}
		var names []string
		for _, o := range manifest.Read(f.files, nil).Objects {
			if o.Kind == "Broadcast" {
				names = append(names, o.Name)
			}
		}
		return names
	}
	return broadcastNames(ctx, f.cluster)
}
