package devnet_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/chain"
	"github.com/sage-network/sage-node/chain/devnet"
)

// parentVariable makes this test binary a program that starts a network, tells its URL, and waits.
const parentVariable = "SAGE_TEST_DEVNET_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		ctx, stop := timeoutContext()
		defer stop()
		d, err := devnet.Start(ctx, devnet.Options{})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(d.URL())
		<-d.Exited()
		return
	}
	goleak.VerifyTestMain(m)
}

// The network dies with the process that started it, however that ends.
func TestNoOrphan(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"=1")
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		_ = parent.Wait()
		t.Fatal("the parent started no network")
	}
	url := strings.TrimSpace(lines.Text())
	client, err := chain.Dial(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	waitFor(t, func() bool {
		c, err := chain.Dial(t.Context(), url, "")
		if err == nil {
			c.Close()
		}
		return err != nil
	})
}
