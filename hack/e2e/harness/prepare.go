package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
)

// Prepare builds the images, brings the cluster up, gives it the images and installs Crier: all
// but what is there already. withMailpit also builds Mailpit's image.
// More arguments go to helm.
func (s *Setup) Prepare(ctx context.Context, withMailpit bool, helm ...string) (*Kube, error) {
	if !s.Existing {
		s.Say("Building Crier and its test programs")
		archives := []string{"bin/crier-image.tar", "bin/catcher-image.tar"}
		targets := []string{"image", "bin/catcher-image.tar"}
		if withMailpit {
			archives, targets = append(archives, "bin/mailpit-image.tar"), append(targets, "bin/mailpit-image.tar")
		}
		if err := s.Run(ctx, "make", append([]string{"LOCAL_IMAGE=" + s.Image}, targets...)...); err != nil {
			return nil, err
		}
		s.Say("Bringing up a Kubernetes of one node on this machine")
		up := []string{"up"}
		for _, archive := range archives {
			up = append(up, "--image", "../../"+archive)
		}
		if err := s.Cluster(ctx, up...); err != nil {
			return nil, err
		}
	}
	kube, err := s.Connect(ctx)
	if err != nil {
		return nil, err
	}
	s.Say("Installing Crier from charts/crier")
	if err := kube.Restrict(ctx, Namespace); err != nil {
		return nil, err
	}
	return kube, s.Install(ctx, Release, helm...)
}

// Restrict makes a namespace of the restricted Pod Security standard: manager and senders have to
// keep to it.
func (k *Kube) Restrict(ctx context.Context, name string) error {
	const label = "pod-security.kubernetes.io/enforce"
	space := applycorev1.Namespace(name).WithLabels(map[string]string{label: "restricted"})
	_, err := k.Set.CoreV1().Namespaces().Apply(ctx, space, metav1.ApplyOptions{FieldManager: "crier-tests"})
	return err
}

// Install installs or upgrades the chart under a release name and waits until the manager is
// ready. More arguments go to helm.
func (s *Setup) Install(ctx context.Context, release string, more ...string) error {
	repository, tag, digest := splitImage(s.Image)
	mark, err := s.buildMark()
	if err != nil {
		return err
	}
	args := []string{
		"upgrade", "--install", release, "charts/crier", "--namespace", Namespace, "--create-namespace",
		"--set", "image.repository=" + repository, "--set-string", "image.tag=" + tag,
		"--set", "image.digest=" + digest, "--set-string", "podAnnotations.build=" + mark, "--wait", "--timeout", "3m",
	}
	return s.Run(ctx, "bin/helm", append(args, more...)...)
}

// Uninstall takes the release away and waits until its objects are gone.
func (s *Setup) Uninstall(ctx context.Context, release string) error {
	return s.Run(ctx, "bin/helm", "uninstall", release, "--namespace", Namespace, "--wait", "--timeout", "3m")
}

// buildMark lets the Deployment change when the image was built anew under the same name.
func (s *Setup) buildMark() (string, error) {
	if s.Existing {
		return "none", nil
	}
	file, err := os.Open(filepath.Join(s.Root, "bin", "crier"))
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

// splitImage splits "host:5000/crier:dev@sha256:..." into repository, tag and digest.
func splitImage(image string) (repository, tag, digest string) {
	repository, digest, _ = strings.Cut(image, "@")
	if colon := strings.LastIndex(repository, ":"); colon > strings.LastIndex(repository, "/") {
		repository, tag = repository[:colon], repository[colon+1:]
	}
	return repository, tag, digest
}

// ForTests are the arguments to helm under which the tests don't wait for minutes until a relay
// is tried once more, nor for a person when the operator was away: the drills have that.
var ForTests = []string{
	"--set", "manager.staleLedgerAfter=0",
	"--set", "manager.relayProbeInterval=15s",
	"--set", "recordGuard.breakGlassGroups={" + BreakGlass + "}",
}

// ForDemos are the arguments under which a demonstration goes on soon when the relay's new address
// isn't known everywhere at the first try, and holds no mail because the machine slept.
var ForDemos = []string{"--set", "manager.relayProbeInterval=30s", "--set", "manager.staleLedgerAfter=0"}

// BreakGlass is the group that may change delivery records by hand.
const BreakGlass = "crier-tests-break-glass"
