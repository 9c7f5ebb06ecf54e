package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Names of what is installed.
const (
	Release   = "crier"
	Namespace = "crier-system"
)

// Setup is a cluster with Crier in it.
type Setup struct {
	// Root of the repository.
	Root string
	// Existing uses the current kubeconfig instead of a cluster of our own.
	Existing bool
	// Image of Crier and of the mail catcher; with Mailpit also its.
	Image, CatcherImage, MailpitImage string
	// Out gets progress lines.
	Out io.Writer

	kubeconfig, kubectl string
}

// FromEnvironment reads CLUSTER, IMAGE, CATCHER_IMAGE and MAILPIT_IMAGE.
func FromEnvironment(out io.Writer) (*Setup, error) {
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	s := &Setup{Root: root, Out: out, Image: "crier:dev", CatcherImage: "crier-catcher:dev", MailpitImage: "crier-mailpit:dev"}
	switch cluster := os.Getenv("CLUSTER"); cluster {
	case "", "local":
		return s, s.checkMachine()
	case "existing":
		s.Existing = true
	default:
		return nil, fmt.Errorf("CLUSTER is %q: leave it empty for a cluster on this machine, or say existing", cluster)
	}
	if s.Image = os.Getenv("IMAGE"); s.Image == "" {
		return nil, errors.New("CLUSTER=existing needs IMAGE, a Crier image that the cluster can pull (make docker-build)")
	}
	if s.CatcherImage = os.Getenv("CATCHER_IMAGE"); s.CatcherImage == "" {
		s.CatcherImage = catcherBeside(s.Image)
		fmt.Fprintf(out, "The mail catcher's image is taken to be %s; say CATCHER_IMAGE=... for another.\n"+
			"To make it: make bin/catcher-image.tar writes an OCI archive to push.\n", s.CatcherImage)
	}
	if s.MailpitImage = os.Getenv("MAILPIT_IMAGE"); s.MailpitImage == "" {
		s.MailpitImage = "axllent/mailpit"
	}
	return s, nil
}

// catcherBeside names the image host/crier-catcher:tag beside host/crier:tag.
func catcherBeside(image string) string {
	repository, tag, _ := splitImage(image)
	if tag == "" {
		return repository + "-catcher"
	}
	return repository + "-catcher:" + tag
}

func (s *Setup) checkMachine() error {
	if runtime.GOOS == "linux" && os.Geteuid() == 0 {
		return nil
	}
	return errors.New(`a cluster on this machine needs Linux (Debian) and root.
On any other cluster that your kubeconfig reaches:
  CLUSTER=existing IMAGE=<crier image> make demo
or install only Crier with the chart: helm install crier charts/crier --namespace crier-system --create-namespace`)
}

func findRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != "/"; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "charts", "crier", "Chart.yaml")); err == nil {
			return folder, nil
		}
	}
	return "", errors.New("run this inside the repository: charts/crier was not found in this folder or above it")
}

// Say prints a heading with the time.
func (s *Setup) Say(format string, args ...any) {
	fmt.Fprintf(s.Out, "\n%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

// Run runs a program in the root of the repository and shows what it prints.
func (s *Setup) Run(ctx context.Context, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...) //nolint:gosec // our own programs
	command.Dir, command.Stdout, command.Stderr = s.Root, s.Out, s.Out
	command.Env = s.environment()
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	return nil
}

func (s *Setup) environment() []string {
	if s.kubeconfig == "" {
		return os.Environ()
	}
	return append(os.Environ(), "KUBECONFIG="+s.kubeconfig)
}

// Cluster runs a verb of hack/cluster.
func (s *Setup) Cluster(ctx context.Context, verb ...string) error {
	return s.Run(ctx, "go", append([]string{"-C", "hack/cluster", "run", "."}, verb...)...)
}

// ask is the one line that a verb of hack/cluster prints.
func (s *Setup) ask(ctx context.Context, verb string) (string, error) {
	command := exec.CommandContext(ctx, "go", "-C", "hack/cluster", "run", ".", verb)
	command.Dir, command.Stderr = s.Root, s.Out
	out, err := command.Output()
	return strings.TrimSpace(string(out)), err
}

// Connect finds kubeconfig and kubectl.
func (s *Setup) Connect(ctx context.Context) (*Kube, error) {
	s.kubectl = "kubectl"
	if !s.Existing {
		binaries, err := s.ask(ctx, "assets")
		if err != nil {
			return nil, err
		}
		if s.kubeconfig, err = s.ask(ctx, "kubeconfig"); err != nil {
			return nil, err
		}
		s.kubectl = filepath.Join(binaries, "kubectl")
	}
	return Connect(s.kubeconfig, s.kubectl)
}

// Kubeconfig is the file that reaches the cluster; "" for the usual places.
func (s *Setup) Kubeconfig() string { return s.kubeconfig }

// KubectlPath is the program.
func (s *Setup) KubectlPath() string { return s.kubectl }
