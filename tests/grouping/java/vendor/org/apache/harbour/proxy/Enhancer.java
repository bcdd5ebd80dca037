package org.apache.harbour.proxy;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.List;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Subclasses generated while the program runs, as injection frameworks make them. */
public final class Enhancer {

    private Enhancer() {}

    /** A subclass that overrides `int method(int, int)`; each build ends its name in another hash. */
    public static <T> T enhance(Class<T> type, String method, int hash) throws Exception {
        String simple = type.getSimpleName() + "$$EnhancerByHarbour$$" + Integer.toHexString(hash);
        String name = type.getPackageName() + "." + simple;
        String source =
            "package " +
            type.getPackageName() +
            "; public class " +
            simple +
            " extends " +
            type.getName() +
            " { @Override public int " +
            method +
            "(int a, int b) { return super." +
            method +
            "(a, b); } }";
        byte[] code = compile(name, source);
        Class<?> made = new ClassLoader(type.getClassLoader()) {
            Class<?> define() {
                return defineClass(name, code, 0, code.length);
            }
        }.define();
        return type.cast(made.getConstructor().newInstance());
    }

    private static byte[] compile(String name, String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        JavaFileObject text = new SimpleJavaFileObject(
            URI.create("mem:///" + name + ".java"),
            JavaFileObject.Kind.SOURCE
        ) {
            @Override
            public CharSequence getCharContent(boolean ignore) {
                return source;
            }

            @Override
            public boolean isNameCompatible(String simpleName, Kind kind) {
                return true;
            }
        };
        JavaFileManager files = new ForwardingJavaFileManager<>(
            compiler.getStandardFileManager(null, null, null)
        ) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                Location place,
                String file,
                JavaFileObject.Kind kind,
                FileObject near
            ) {
                return new SimpleJavaFileObject(URI.create("mem:///out.class"), kind) {
                    @Override
                    public OutputStream openOutputStream() {
                        return code;
                    }
                };
            }
        };
        compiler.getTask(null, files, null, List.of("-g:none"), null, List.of(text)).call();
        return code.toByteArray();
    }
}
