# Writes man pages and completion scripts by asking the programs themselves:
#   cmake -DPLATEAU=.. -DWORKER=.. -DVERSION=.. -DTEMPLATE=plateau-worker.1.in -DOUT=FOLDER -P manual.cmake
function(ask file)
  execute_process(COMMAND ${PLATEAU} ${ARGN} OUTPUT_FILE ${OUT}/${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
file(MAKE_DIRECTORY ${OUT})
execute_process(COMMAND ${PLATEAU} --help=words OUTPUT_VARIABLE verbs COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[a-z]+" verbs "${verbs}")
list(REMOVE_ITEM verbs worker) # plateau-worker(1) is that program's own page
ask(plateau.1 --help=man)
foreach(verb ${verbs})
  ask(plateau-${verb}.1 ${verb} --help=man)
endforeach()
foreach(shell bash zsh fish)
  ask(plateau.${shell} completion ${shell})
endforeach()

execute_process(COMMAND ${WORKER} --help OUTPUT_VARIABLE OPTIONS OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\\" "\\e" OPTIONS "${OPTIONS}")
string(REPLACE "-" "\\-" OPTIONS "${OPTIONS}")
configure_file(${TEMPLATE} ${OUT}/plateau-worker.1 @ONLY)
