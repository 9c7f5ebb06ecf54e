// Package apitest gives the tests of a package a real API server with
// Crier's kinds: nothing else validates, defaults and refuses as one does.
package apitest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	crier "crier.dev/crier/api/v1alpha1"
)

// OperatorNamespace stands for the namespace of the operator.
const OperatorNamespace = "crier-system"

// Server is an API server that runs while the tests of one package do.
type Server struct {
	Config *rest.Config
	Scheme *runtime.Scheme
	// Client asks the server; it has no cache and can be intercepted. Lists by
	// field go through the functions given to Index.
	Client client.WithWatch

	indexes *indexed
	root    string
}

// Main is for TestMain: it starts a server, runs the tests and returns their
// exit code. A server that can't be started is a failure, never a skip:
// tests that silently don't run prove nothing.
func Main(m *testing.M, server **Server) int {
	s, stop, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	*server = s
	dismiss := guard()
	code := m.Run()
	dismiss()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop of the API server:", err)
	}
	return code
}

func start() (*Server, func() error, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, nil, err
	}
	assets, err := findAssets(os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	env := &envtest.Environment{
		BinaryAssetsDirectory: assets,
		CRDDirectoryPaths:     []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	config, err := env.Start()
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("start of the API server in %s: %w", assets, err), env.Stop())
	}
	config.QPS, config.Burst = 1000, 1000
	s := &Server{Config: config, Scheme: Scheme(), root: root}
	direct, err := client.NewWithWatch(config, client.Options{Scheme: s.Scheme})
	if err != nil {
		return nil, nil, errors.Join(err, env.Stop())
	}
	s.indexes = &indexed{WithWatch: direct}
	s.Client = s.indexes
	operator := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace}}
	if err := direct.Create(context.Background(), operator); err != nil {
		return nil, nil, errors.Join(err, env.Stop())
	}
	return s, env.Stop, nil
}

// Scheme knows Kubernetes' own kinds and Crier's.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), crier.AddToScheme(scheme)); err != nil {
		panic(err) // the same at every start
	}
	return scheme
}

// Namespace makes a namespace for one test. An API server alone never
// removes one, and needs not: it is thrown away as a whole.
func (s *Server) Namespace(t *testing.T, labels map[string]string) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-", Labels: labels}}
	if err := s.Client.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

// Root is the folder of the module.
func (s *Server) Root() string { return s.root }

func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("there is no go.mod above the folder of the test")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

const howTo = `the tests against a real API server need kube-apiserver and etcd. Run
  hack/test-unit
which builds them, or point KUBEBUILDER_ASSETS at a folder that has both`

// findAssets is KUBEBUILDER_ASSETS, or else the newest build of the local
// cluster.
func findAssets(getenv func(string) string) (string, error) {
	if dir := getenv("KUBEBUILDER_ASSETS"); dir != "" {
		if !complete(dir) {
			return "", fmt.Errorf("KUBEBUILDER_ASSETS is %s, but %s", dir, howTo)
		}
		return dir, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w; %s", err, howTo)
	}
	builds, err := filepath.Glob(filepath.Join(cache, "crier", "bin", "*"))
	if err != nil {
		return "", err
	}
	slices.SortFunc(builds, func(a, b string) int { return strings.Compare(b, a) })
	for _, dir := range builds {
		if complete(dir) {
			return dir, nil
		}
	}
	return "", errors.New(howTo)
}

func complete(dir string) bool {
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}
