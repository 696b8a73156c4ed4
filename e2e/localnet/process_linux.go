package localnet

import (
	"os/exec"
	"runtime"
	"syscall"
)

// The kernel sends the signal when the starting *thread* ends, so children are started from one
// thread that lives as long as the program.
var starter = func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
}()

func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

func startLocked(cmd *exec.Cmd) error {
	done := make(chan error)
	starter <- func() { done <- cmd.Start() }
	return <-done
}

func runLocked(cmd *exec.Cmd) error {
	if err := startLocked(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}
