"""Read checkpoint files without trusting them. The threat model:

Assets
    The user's account and files, the memory and responsiveness of the machine, and the terminal.

Attacker
    Anyone who can give the user a checkpoint: a downloaded file, a shared folder, a cloned repository. The attacker
    controls every byte of the file and its name, and what else is in the folder.

What a file can never do
    - Execute or import code. `unpickler` implements only the opcodes that describe data. A global name is looked up in
      `allowed_globals.ALLOWED_GLOBALS` and never imported; an entry is a stand-in defined here, and a call runs the
      stand-in. Any other name is opaque: what is built with it is a record of attributes (`opaque_objects`). A file
      with a name that only malicious pickles use, `os.system`, is refused with `ForbiddenGlobal`, to warn the user;
      nothing depends on that list. YAML is read as plain values alone (`runs.yaml_settings`).
    - Write, or make the program open a file elsewhere. An index of shards names files of its own folder (`sharded`).
      Nothing is extracted from an archive, so entry names are only keys; a mapping is copy-on-write and is never
      written back.
    - Make the program open a pipe, device or socket, or wait for one. `checkpoint_file.open_regular` opens regular
      files only, without blocking, and checks the type again on the open descriptor. A link is followed to a regular
      file (git-annex needs that), never to anything else.
    - Claim more memory than its size explains:
        . Compressed zip entries are rejected, and the entries of an archive must fit into the file (`archive`).
        . A storage must fit into its entry (`archive`); a tensor is a view with at most as many numbers as its storage
          and at most 16 axes (`allowed_globals.rebuild_tensor`).
        . Calls and states in a pickle are charged to a budget of twice its length, against repetition through the
          memo (`unpickler`). Dict keys are plain values that cannot be made to collide; integers are below 2**1023.
        . A `.npz` archive may unpack to 20 times its size, and to at most 1 GiB (`npz`).
        . The shape of an array must fit its bytes (`numpy_values`). Arrays of objects are opaque.
        . JSON settings have at most 4 MiB, YAML settings 32 KiB, 20 levels and no aliases.
        . A safetensors file has at most 1 GiB (`checkpoint_file`), run.json 64 MiB, losses.csv 1 GiB.
        . A config is cut to 8 levels and 10,000 items (`runs.recorded_config`): a pickled list can contain itself.
    - Send control characters to the terminal by an error or warning: all pass through `engine.errors.printable`.
      Recorded settings are returned verbatim; whoever prints them has to escape them, as `grok-tui info` does.

Why not torch.load(weights_only=True)
    It ran code in torch before 2.6 (CVE-2025-32434). It unpacks compressed archives, and accepts a tensor of any shape
    over one stored number by a stride of 0. It cannot read a checkpoint with a trainer's config object unless that
    class is imported, and other packages can extend its allow-list.

Out of scope
    - False but well-formed weights, losses or configs: they are shown as recorded.
    - Bugs in torch, NumPy, or the safetensors and zipfile parsers. Training resumes from `resume.safetensors` through
      the safetensors package alone.
    - An attacker who changes a file while it is read. A mapped file that is truncated ends the process;
      `runs.multi_checkpoint_file` checks for that before each read, which narrows the window but does not close it.
    - Large files that are what they claim to be, and time linear in their size.

`tests/engine/runs` has a test for each claim; `tests/fuzz` damages files at random and watches the process
with an audit hook for anything but reading.
"""
