package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"crier.dev/crier/internal/client/terminal"
	"crier.dev/crier/internal/writing/builtin"
)

func newTemplateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Templates of messages that come with Crier",
		Long: `Templates of messages that come with Crier. A Broadcast uses one by
content.templateRef.builtin. To change one, export it, change it, apply it, and
use it by content.templateRef.name.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTemplateListCommand(), newTemplateExportCommand())
	return cmd
}

func newTemplateListCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "list",
		Short:             "List the templates that come with Crier",
		Example:           `  crier template list`,
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 3, ' ', 0)
			fmt.Fprintln(w, "NAME\tPARAMETERS\tDESCRIPTION")
			for _, name := range builtin.Names() {
				spec, _ := builtin.Get(name)
				required := 0
				for _, p := range spec.Parameters {
					if p.Required {
						required++
					}
				}
				fmt.Fprintf(w, "%s\t%d, %d required\t%s\n", name, len(spec.Parameters), required, spec.Description)
			}
			return w.Flush()
		},
	}
}

func newTemplateExportCommand() *cobra.Command {
	var name, namespace string
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: "Write a template as a manifest that you can change and apply",
		Example: `  crier template export newsletter > newsletter.yaml
  crier template export alert --name flood-alert -n parks | kubectl apply -f -`,
		Args: wantArgs(1, 1, "name one template: "+strings.Join(builtin.Names(), ", ")),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return describedTemplates(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := exported(args[0], name, namespace)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the MessageTemplate; that of the template unless given")
	cmd.Flags().StringVarP(&namespace, "namespace", "n", "", "namespace to write into the manifest; none unless given")
	cmd.SetFlagErrorFunc(flagError)
	return cmd
}

func describedTemplates() (out []string) {
	for _, name := range builtin.Names() {
		spec, _ := builtin.Get(name)
		out = append(out, cobra.CompletionWithDesc(name, spec.Description))
	}
	return out
}

// dnsName is what an object may be called (RFC 1123).
var dnsName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`)

// metadataName is the line of the manifest that names the template.
var metadataName = regexp.MustCompile(`(?m)^  name: .*$`)

// exported is a manifest under another name.
func exported(template, name, namespace string) ([]byte, error) {
	text, known := builtin.Manifest(template)
	if !known {
		return nil, usage("there is no template %s; there are %s", terminal.Line(template), strings.Join(builtin.Names(), ", "))
	}
	for _, given := range []string{name, namespace} {
		if given != "" && !dnsName.MatchString(given) {
			return nil, usage("%q can't be a name: use lower-case letters, digits and hyphens", given)
		}
	}
	if name == "" {
		name = template
	}
	line := "  name: " + name
	if namespace != "" {
		line += "\n  namespace: " + namespace
	}
	at := metadataName.FindIndex(text)
	if at == nil {
		return text, nil
	}
	return slices.Concat(text[:at[0]], []byte(line), text[at[1]:]), nil
}
