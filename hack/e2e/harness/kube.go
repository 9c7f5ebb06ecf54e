// Package harness is what the demonstration and the end-to-end tests share: a cluster with Crier
// in it, a mail catcher in a pod, and ways to wait and to look.
package harness

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	crier "crier.dev/crier/api/v1alpha1"
)

// Kube talks to a cluster as its administrator.
type Kube struct {
	Config *rest.Config
	Client client.Client
	Set    kubernetes.Interface

	kubeconfig string
	kubectl    string
}

// Connect reads a kubeconfig; the usual places (KUBECONFIG, the home folder) when it is "".
// kubectl is the path of that program.
func Connect(kubeconfig, kubectl string) (*Kube, error) {
	log.SetLogger(logr.Discard()) // the client's; errors come back anyway
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if kubeconfig != "" {
		rules.ExplicitPath = kubeconfig
	}
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	config.QPS, config.Burst = 50, 100
	k := &Kube{Config: config, kubeconfig: kubeconfig, kubectl: kubectl}
	return k, k.dial()
}

// As is the same cluster with a bearer token instead of the administrator's certificate.
func (k *Kube) As(token string) (*Kube, error) {
	config := rest.AnonymousClientConfig(k.Config)
	config.BearerToken = token
	other := &Kube{Config: config}
	return other, other.dial()
}

func (k *Kube) dial() (err error) {
	if k.Client, err = client.New(k.Config, client.Options{Scheme: Scheme()}); err != nil {
		return err
	}
	k.Set, err = kubernetes.NewForConfig(k.Config)
	return err
}

// Scheme knows Kubernetes' kinds and Crier's.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubescheme.AddToScheme, crier.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err) // two kinds of one name: wrong at compile time already
		}
	}
	return scheme
}

// Kubectl runs kubectl and returns all that it printed. stdin may be "".
func (k *Kube) Kubectl(ctx context.Context, stdin string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, k.kubectl, args...) //nolint:gosec // the program is ours
	if k.kubeconfig != "" {
		command.Env = append(os.Environ(), "KUBECONFIG="+k.kubeconfig)
	}
	command.Stdin = strings.NewReader(stdin)
	out, err := command.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
