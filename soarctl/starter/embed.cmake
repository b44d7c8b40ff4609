# cmake -DFOLDER=starter -DFILES="a.yaml;b.yaml" -DOUTPUT=list.c -P embed.cmake
# Writes the files as one table of bytes, each text with a NUL behind it (soarctl/starter.h).
set(text "#include \"soarctl/starter.h\"\n\n")
set(number 0)
set(table "const struct starter_text starter_texts[] = {\n")
foreach(file IN LISTS FILES)
  file(READ ${FOLDER}/${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND text "static const unsigned char text_${number}[] = {${bytes}0x00};\n")
  string(APPEND table "    {\"${file}\", (const char *)text_${number}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "${text}\n${table}    {0}};\n")
